import { expect } from 'chai';
import { type PowerLossOptions, type PowerLossReport, powerLoss } from '../../../infra/faults/storage/power-loss.ts';
import { withStrace } from './with-strace.ts';

const images = Number(process.env['KEYLEDGER_POWER_CUTS'] ?? 50);

describe('event node: power cuts under load', function () {
  this.timeout(60_000 + images * 2_000);

  async function cut(options: PowerLossOptions): Promise<PowerLossReport | undefined> {
    return withStrace(() => powerLoss(options));
  }

  it('loses nothing it has acknowledged, and goes on, whatever of the rest reached the disk', async () => {
    const report = await cut({ seed: 1, images });
    expect(report?.failures ?? []).to.deep.equal([]);
    if (report !== undefined) expect(report.images).to.equal(images);
  });

  for (const [what, planted] of [
    ['an append is acknowledged before it is synced', { early: true }],
    ['a sync does nothing', { syncsNothing: true }],
  ] as const) {
    it(`is a check that fails where ${what}`, async () => {
      const report = await cut({ seed: 2, images: 60, planted });
      if (report !== undefined) expect(report.failures).to.have.length(1);
    });
  }
});
