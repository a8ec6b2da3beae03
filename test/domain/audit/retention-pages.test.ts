import { expect } from 'chai';
import { pruningOf } from '../../../src/domain/audit/retention/pages.ts';

describe('what one event of pruning takes', () => {
  const rows = (count: number, type: string, from = 0) =>
    Array.from({ length: count }, (_, n) => ({ index: String(from + n), size: 10, type }));

  it('is neighbours as ranges', () => {
    const some = [...rows(3, 'vault.Secret.VersionAdded'), ...rows(2, 'vault.Secret.VersionAdded', 7)];
    const ranges = [
      { first: 0, last: 2 },
      { first: 7, last: 8 },
    ];
    expect(pruningOf(some)).to.deep.equal({ ranges, entries: 5, bytes: 50, upTo: 9 });
  });

  it('is at most 2,000 entries whose events have keys to name', () => {
    const some = [...rows(2_500, 'audit.ExternalEvent.Recorded', 10), ...rows(5, 'vault.Secret.VersionAdded', 2_510)];
    const ranges = [{ first: 10, last: 2_009 }];
    expect(pruningOf(some)).to.deep.equal({ ranges, entries: 2_000, bytes: 20_000, upTo: 2_010 });
    expect(pruningOf(rows(2_500, 'vault.Secret.VersionAdded'))).to.include({ entries: 2_500 });
  });
});
