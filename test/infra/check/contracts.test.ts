import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkoutOf } from '../../../infra/check/checkout.ts';
import { contracts } from '../../../infra/check/contracts.ts';
import { sharedStores } from '../../support/stores.ts';

const lit = (properties: object): string =>
  JSON.stringify({ aggregate: 'demo.Lamp', events: { Lit: { versions: { 1: { type: 'object', properties } } } } });
const golden = (...words: string[]): string =>
  JSON.stringify(words.map((word) => ({ events: [{ event: 'Lit', version: 1, data: { word } }], state: { word } })));

describe('check that events stay readable', () => {
  let root: string;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });

  beforeEach(() => {
    root = sharedStores().scratch('history');
    git('init', '--quiet');
    for (const dir of ['docs/events', 'test/golden']) mkdirSync(join(root, dir), { recursive: true });
  });

  function write(contract: string, events: string): void {
    writeFileSync(join(root, 'docs/events/demo.Lamp.json'), contract);
    writeFileSync(join(root, 'test/golden/demo.Lamp.json'), events);
  }

  function commit(message: string): void {
    git('add', '-A');
    git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.org',
      '-c',
      'commit.gpgsign=false',
      'commit',
      '--quiet',
      '-m',
      message,
    );
  }

  const problems = async (): Promise<readonly string[]> => contracts.problems(checkoutOf(root));

  it('takes additions', async () => {
    write(lit({ lampId: { type: 'string' } }), golden('red'));
    commit('feat: lamps');
    write(lit({ lampId: { type: 'string' }, by: { type: 'string' } }), golden('red', 'green'));
    expect(await problems()).to.deep.equal([]);
  });

  it('finds what differs from the last commit, and names it', async () => {
    write(lit({ lampId: { type: 'string' } }), golden('red', 'green'));
    commit('feat: lamps');
    const id = git('rev-parse', '--short=10', 'HEAD').trim();
    write(lit({}), golden('green'));
    expect(await problems()).to.deep.equal([
      `docs/events/demo.Lamp.json: demo.Lamp.Lit version 1: lampId is gone (as committed in ${id})`,
      `test/golden/demo.Lamp.json: the golden events Lit are gone or changed (as committed in ${id})`,
    ]);
  });

  it('finds it when it was committed long ago', async () => {
    write(lit({ lampId: { type: 'string' } }), golden('red'));
    commit('feat: lamps');
    write(lit({}), golden('red'));
    commit('feat: lamps without ids');
    write(lit({ by: { type: 'string' } }), golden('red'));
    commit('feat: who lit it');
    expect((await problems()).join()).to.contain('lampId is gone');
  });

  it('finds a contract that is gone as a whole', async () => {
    write(lit({ lampId: { type: 'string' } }), golden('red'));
    commit('feat: lamps');
    rmSync(join(root, 'docs/events/demo.Lamp.json'));
    expect((await problems()).join()).to.contain('demo.Lamp.Lit version 1 is gone');
  });

  it('begins anew with a commit that calls itself a breaking change', async () => {
    write(lit({ lampId: { type: 'string' } }), golden('red'));
    commit('feat: lamps');
    write(lit({}), golden('green'));
    commit('feat!: lamps without ids');
    expect(await problems()).to.deep.equal([]);
  });

  it('asks nothing of a folder that git does not know yet', async () => {
    write(lit({}), golden('red'));
    expect(await problems()).to.deep.equal([]);
  });
});
