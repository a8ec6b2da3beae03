import { expect } from 'chai';
import { beginningOf, Period } from '../../../../src/domain/identity/federation/period.ts';

const now = '2026-03-31T12:00:00.000Z';

describe('a period up to now', () => {
  it('is a duration, a word, or short', () => {
    const begins = (text: string): string => beginningOf(Period.parse(text), now);
    expect(['PT1H', 'hour', '1h'].map(begins)).to.deep.equal(Array(3).fill('2026-03-31T11:00:00.000Z'));
    expect(['P7D', 'P1W', 'week', '7d', '1w'].map(begins)).to.deep.equal(Array(5).fill('2026-03-24T12:00:00.000Z'));
    expect(['month', 'P1M'].map(begins)).to.deep.equal(Array(2).fill('2026-02-28T12:00:00.000Z'));
    expect(begins('year')).to.equal('2025-03-31T12:00:00.000Z');
  });

  it('is neither empty nor ahead, and no longer than ten years', () => {
    for (const text of ['', 'P0D', '0h', '-P1D', 'P-1D', 'P1DT-1H', 'P11Y', '99999w', 'fortnight', 'P', 'P1Y2']) {
      expect(Period.safeParse(text).success, text).to.equal(false);
    }
  });
});
