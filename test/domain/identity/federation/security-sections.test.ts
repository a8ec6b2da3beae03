import { expect } from 'chai';
import { failuresBySource } from '../../../../src/domain/identity/federation/security-sections.ts';

const row = (source: string | null, who: string, failures: number, day: number) => ({
  ...{ source, who, failures },
  last_at: new Date(Date.UTC(2026, 0, day)),
});

describe('addresses with most failures', () => {
  it('are counted over all who failed from them, most failures first', () => {
    const rows = [
      row('192.0.2.1', 'local/bob', 4, 2),
      row('192.0.2.2', 'local/carol', 5, 1),
      row('192.0.2.1', 'local/carol', 3, 3),
      row('192.0.2.1', 'local/bob', 1, 1),
      row(null, 'local/erased', 1, 1),
    ];
    expect(failuresBySource.cells?.(rows)).to.deep.equal([
      ['192.0.2.1', 8, 2, '2026-01-03T00:00:00.000Z'],
      ['192.0.2.2', 5, 1, '2026-01-01T00:00:00.000Z'],
      ['unknown', 1, 1, '2026-01-01T00:00:00.000Z'],
    ]);
    const many = Array.from({ length: 150 }, (_, n) => row(`192.0.2.${n}`, 'local/bob', n + 1, 1));
    expect(failuresBySource.cells?.(many)).to.have.lengthOf(100);
  });
});
