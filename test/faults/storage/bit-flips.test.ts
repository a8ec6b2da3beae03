import { expect } from 'chai';
import { bitFlips } from '../../../infra/faults/storage/bit-flips.ts';
import { harmOf } from '../../../infra/faults/storage/harm.ts';
import { notFound, type ReadOut } from '../../../infra/faults/storage/read-out.ts';

const flips = Number(process.env['KEYLEDGER_BIT_FLIPS'] ?? 15);

describe('event node: bits that turn over', function () {
  this.timeout(60_000 + flips * 5_000);

  it('never serves what they change as the truth, nor hides what they hit', async () => {
    const report = await bitFlips({ seed: 1, flips });
    expect(report.failures).to.deep.equal([]);
    expect(report.harmless + report.told + report.ended).to.equal(flips);
    expect(report.told).to.be.greaterThan(0);
  });

  describe('is a check that', () => {
    const shown = (events: readonly string[], error?: string): ReadOut => ({
      all: { events: ['a', 'b'] },
      streams: { one: { events, ...(error !== undefined && { error }) } },
      verified: false,
      doubled: [],
    });
    const truth = { ...shown(['a', 'b']), verified: true };

    for (const [what, found, kind] of [
      ['finds an event that is another', shown(['a', 'c']), 'served'],
      ['finds a stream that is hidden', shown([], notFound), 'served'],
      ['finds a stream that ends too early', shown(['a']), 'served'],
      ['finds a stream that begins anew', { ...truth, doubled: ['one'] }, 'served'],
      ['finds what a full check does not', { ...shown(['a'], 'damaged'), verified: true }, 'served'],
      ['lets a read fail', shown(['a'], 'damaged'), 'told'],
      ['lets a node not start', { ...shown([]), refused: 'damaged' }, 'told'],
      ['lets a process end', ['ended'], 'ended'],
      ['lets nothing happen', truth, 'harmless'],
    ] as const) {
      it(what, () => expect(harmOf(truth, found).kind).to.equal(kind));
    }
  });
});
