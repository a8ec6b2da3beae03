import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { names } from '../../infra/faults/faults/all.ts';

const main = fileURLToPath(new URL('../../infra/faults/main.js', import.meta.url));

describe('npm run test:faults', function () {
  this.timeout(60_000);
  const said = (...args: readonly string[]): string => {
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    expect(status).to.equal(1);
    return stderr.trim();
  };

  it('says which faults there are where one is not known', () => {
    expect(said('--faults', 'kill,earthquake')).to.equal(
      `test:faults: There is no fault "earthquake"; there are ${names.join(', ')}.`,
    );
  });

  for (const [option, value, sentence] of [
    ['--seed', 'seven', 'a seed is a whole number from 0 on.'],
    ['--seconds', '0', 'a time is a whole number from 1 on.'],
  ] as const) {
    it(`says what ${option} takes where it is ${value}`, () => {
      const words = said(option, value);
      expect(words).to.contain(sentence);
      expect(words.split('\n')).to.have.length(1);
    });
  }
});
