import { expect } from 'chai';
import { ioErrors } from '../../../infra/faults/storage/io-errors.ts';
import { withStrace } from './with-strace.ts';

const refusals = Number(process.env['KEYLEDGER_REFUSED_CALLS'] ?? 8);

describe('event node: a disk that refuses a call', function () {
  this.timeout(60_000 + refusals * 10_000);

  it('acknowledges nothing false, and goes on or says why it ends', async () => {
    const report = await withStrace(() => ioErrors({ seed: 1, refusals }));
    if (report === undefined) return;
    expect(report.failures).to.deep.equal([]);
    expect(report.met).to.be.greaterThan(refusals / 2);
  });
});
