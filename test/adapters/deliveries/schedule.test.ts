import { expect } from 'chai';
import { delayAfter, retrySchedule } from '../../../src/adapters/deliveries/schedule.ts';

const exact = { ...retrySchedule, jitter: 0 };
const hour = 3_600_000;

describe('the retry schedule', () => {
  it('goes on for three days', () => {
    const delays = retrySchedule.delaysMs.map((_, index) => delayAfter(exact, index + 1, { random: 0.5 }) ?? 0);
    expect(delays.slice(0, 6)).to.deep.equal([5_000, 30_000, 120_000, 900_000, hour, 4 * hour]);
    expect(delays.reduce((sum, delay) => sum + delay, 0)).to.be.within(72 * hour, 73 * hour);
    expect(delayAfter(exact, retrySchedule.delaysMs.length + 1, { random: 0.5 })).to.equal(undefined);
  });

  it('is spread, so that receivers that return are not met by all at once', () => {
    expect(delayAfter(retrySchedule, 1, { random: 0 })).to.equal(4_000);
    expect(delayAfter(retrySchedule, 1, { random: 1 })).to.equal(6_000);
  });

  it('grants what a receiver asks for, up to twice the step', () => {
    expect(delayAfter(exact, 1, { askedMs: 7_000, random: 0.5 })).to.equal(7_000);
    expect(delayAfter(exact, 1, { askedMs: hour, random: 0.5 })).to.equal(10_000);
    expect(delayAfter(exact, 1, { askedMs: 1, random: 0.5 })).to.equal(5_000);
  });
});
