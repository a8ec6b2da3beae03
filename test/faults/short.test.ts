import { expect } from 'chai';
import { named } from '../../infra/faults/faults/all.ts';
import { run } from '../../infra/faults/run.ts';
import { sharedStores } from '../support/stores.ts';

/** What `npm run test:faults -- --seed N --strikes N --faults …` takes to do the same again. */
const seed = Number(process.env['KEYLEDGER_FAULTS_SEED'] ?? Date.now() % 2 ** 31);
const strikes = 8;
const names = 'kill,point,reset,flush';

describe('a system under faults', function () {
  this.timeout(300_000);

  it(`keeps what it acknowledged, over ${strikes} faults`, async () => {
    const chosen = named(names);
    if (typeof chosen === 'string') throw new Error(chosen);
    const { faults } = chosen;
    const lines: string[] = [];
    const dir = sharedStores().scratch('faults');
    const goOn = (struck: number): boolean => struck < strikes;
    const tell = (line: string): void => void lines.push(line);
    const { acknowledged, events, kills, unknown, violations } = await run({
      dir,
      seed,
      faults,
      goOn,
      tell,
      checkEvery: strikes,
    });
    const replay = `--seed ${seed} --strikes ${strikes} --faults ${names}\n${lines.join('\n')}`;
    expect(violations, replay).to.deep.equal([]);
    expect(acknowledged, replay).to.be.above(0);
    console.log(
      `      seed ${seed}: ${kills} kills, ${acknowledged} acknowledged, ${unknown} unknown, ${events} events, sound`,
    );
  });
});
