import { expect } from 'chai';
import { retryAfter } from '../../../src/adapters/effects/retry.ts';

describe('delays between tries', () => {
  const seconds = (attempt: number): number => retryAfter(attempt, 4, 0.5).delayMs / 1_000;

  it('double within the queue, then slowly grow to an hour, for ever', () => {
    expect([1, 2, 3].map(seconds)).to.deep.equal([1, 2, 4]);
    expect([4, 5, 6, 7, 8, 9].map(seconds)).to.deep.equal([60, 120, 240, 480, 960, 1_920]);
    expect([10, 100, 5_000].map(seconds)).to.deep.equal([3_600, 3_600, 3_600]);
  });

  it('spread by a quarter, so that what failed together is not tried together', () => {
    expect(retryAfter(1, 4, 0).delayMs).to.equal(750);
    expect(retryAfter(1, 4, 1).delayMs).to.equal(1_250);
  });

  it('show as failed once the attempts are used up', () => {
    expect([3, 4, 5].map((attempt) => retryAfter(attempt, 4, 0).status)).to.deep.equal(['pending', 'failed', 'failed']);
  });
});
