import { expect } from 'chai';
import { bugs } from '../support/simulation/bugs.ts';
import { describeRun } from '../support/simulation/report.ts';
import { keptSeeds } from '../support/simulation/seeds.ts';
import { simulate } from '../support/simulation/simulate.ts';

/** Milliseconds the seeds of one run of the tests may take together. */
const budgetMs = 12_000;
/** Seeds that a bug has to be found within. */
const most = 400;

describe('the simulation of log, projector, reactions and pipeline', function () {
  this.timeout(300_000);

  it('does the same for the same seed', async () => {
    for (const seed of [3, 1_001]) {
      const [one, other] = [await simulate(seed), await simulate(seed)];
      expect(one.digest).to.equal(other.digest);
    }
    expect((await simulate(3)).digest).not.to.equal((await simulate(4)).digest);
  });

  for (const { seed, why } of keptSeeds) {
    it(`holds for seed ${seed}: ${why}`, async () => {
      const run = await simulate(seed);
      expect(run.violation, describeRun(run)).to.equal(undefined);
    });
  }

  it('holds for as many seeds as there is time for, and for a hundred at least', async () => {
    const began = performance.now();
    for (let seed = 1; seed <= 100 || (seed <= 300 && performance.now() - began < budgetMs); seed++) {
      const run = await simulate(seed);
      expect(run.violation, describeRun(run)).to.equal(undefined);
    }
  });

  describe('finds a planted bug:', () => {
    for (const { from, bug } of bugs.map((each) => ({ bug: each, from: each.foundBy }))) {
      it(bug.what, async () => {
        let found: string | undefined;
        for (let seed = from; seed < from + most && found === undefined; seed++) {
          found = (await simulate(seed, bug)).violation;
        }
        expect(found).not.to.equal(undefined);
      });
    }
  });
});
