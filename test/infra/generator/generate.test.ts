import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { checkoutBelow } from '../../../infra/check/checkout.ts';
import { contexts } from '../../../infra/check/contexts.ts';
import { cruiseImports } from '../../../infra/check/imports/cruise.ts';
import { namingProblems } from '../../../infra/check/naming.ts';
import { untestedRejections } from '../../../infra/check/rejections.ts';
import { lint } from '../../../infra/check/tools.ts';
import { generate } from '../../../infra/generator/generate.ts';
import { askedFor } from '../../../infra/generator/request.ts';
import { pastOf, pluralOf, singularOf, wordOf } from '../../../infra/generator/words.ts';
import { repositoryRoot } from '../../../infra/local/root.ts';
import { discover, type Registry } from '../../../src/kernel/registry.ts';
import { sharedStores } from '../../support/stores.ts';
import { checkoutWith } from '../check/planted.ts';

const mochaOf = join(repositoryRoot, 'node_modules/mocha/bin/mocha.js');

/** A copy of this project, with no tests but what supports them. */
function copy(): string {
  const root = sharedStores().scratch('generated');
  const parts = [
    'package.json',
    'tsconfig.json',
    'biome.json',
    '.gitignore',
    'src',
    'commands',
    'queries',
    'projections',
    'infra',
    'test/support',
  ];
  for (const part of parts.filter((name) => existsSync(join(repositoryRoot, name)))) {
    mkdirSync(join(root, part, '..'), { recursive: true });
    cpSync(join(repositoryRoot, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  return root;
}

const run = (root: string, ...args: string[]): string => {
  try {
    return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return expect.fail(`${stdout}\n${stderr}`);
  }
};

const isNew = (file: string): boolean => /hourglass|tell-owner/.test(file);

describe('generator', function () {
  this.timeout(120_000);

  let root: string;
  let registry: Registry;
  let builds = 0;
  before(() => {
    root = copy();
  });

  /** Compiles to a folder of its own each time, since modules are imported once. */
  async function built(): Promise<Registry> {
    const out = `dist/${++builds}`;
    run(
      root,
      join(repositoryRoot, 'node_modules/typescript/bin/tsc'),
      '-p',
      '.',
      '--outDir',
      out,
      '--incremental',
      'false',
      '--tsBuildInfoFile',
      'null',
    );
    return discover(join(root, out));
  }

  const make = (registry: Registry, line: string): { written: readonly string[]; hints: readonly string[] } =>
    generate(root, askedFor(line.split(' '), contexts), registry);

  it('makes one of each, which compiles, is well named, and whose tests pass', async () => {
    registry = await discover(join(repositoryRoot, 'dist'));
    expect(make(registry, 'aggregate inventory hourglass').written).to.deep.equal([
      'src/domain/inventory/hourglass.ts',
      'test/domain/inventory/hourglass.test.ts',
    ]);
    registry = await built();
    make(registry, 'command inventory create-hourglass');
    make(registry, 'command inventory turn-hourglass');
    make(registry, 'command inventory/broken remove-hourglass');
    registry = await built();
    make(registry, 'command inventory add-hourglass-grain --of hourglass');
    make(registry, 'projection inventory hourglasses');
    registry = await built();
    make(registry, 'query inventory get-hourglass');
    make(registry, 'query inventory list-hourglasses');
    make(registry, 'reaction inventory when-hourglass-turned-tell-owner');
    make(registry, 'reaction inventory when-created-turn-hourglass');
    make(registry, 'reaction alerts when-hourglass-removed-send-alert');
    expect(make(registry, 'worker inventory tell-owner').hints).to.have.length(1);

    registry = await built();
    const made = Object.values(registry).map((found: readonly { file: string }[]) =>
      found.filter(({ file }) => isNew(file)),
    );
    expect(made.map((found) => found.length)).to.deep.equal([6, 1, 1, 3, 1, 0]);
    const hourglass = registry.aggregates.find(({ value }) => value.name === 'inventory.Hourglass');
    expect(Object.keys(hourglass?.value.schemas ?? {})).to.deep.equal(['Created', 'Removed', 'Turned', 'GrainAdded']);
    expect(namingProblems(registry)).to.deep.equal([]);
    const ours = { ...registry, endpoints: registry.endpoints.filter(({ file }) => isNew(file)) };
    const controls = join(root, `dist/${builds}/test/support/controls/inventory.js`);
    const { examples } = (await import(pathToFileURL(controls).href)) as { examples: Record<string, unknown> };
    for (const { value } of ours.endpoints) {
      expect(value.input.safeParse(examples[value.name] ?? {}).success, value.name).to.equal(true);
    }
    expect(untestedRejections(ours, checkoutBelow(root, 'test'))).to.deep.equal([]);
    expect(await lint.problems({ ...checkoutWith({}), root })).to.deep.equal([]);
    const { violations } = await cruiseImports(root, ['src', 'commands', 'queries', 'projections']);
    expect(violations.filter(isNew)).to.deep.equal([]);
    const out = `dist/${builds}`;
    const support = ['--require', `./${out}/test/support/stores.js`, '--timeout', '60000'];
    const summary = run(root, mochaOf, '--no-config', ...support, `${out}/test/**/*.test.js`);
    expect(summary).to.match(/ 2\d passing/);
  });

  it('refuses what is there already, and writes nothing', () => {
    const before = readFileSync(join(root, 'src/domain/inventory/hourglass.ts'), 'utf8');
    expect(() => make(registry, 'aggregate inventory hourglass')).to.throw(
      'src/domain/inventory/hourglass.ts and test/domain/inventory/hourglass.test.ts are there already, and nothing was written.',
    );
    expect(() => make(registry, 'worker inventory tell-owner')).to.throw('src/workers/inventory/tell-owner.ts');
    expect(() => make(registry, 'projection inventory hourglasses')).to.throw('there already');
    expect(readFileSync(join(root, 'src/domain/inventory/hourglass.ts'), 'utf8')).to.equal(before);
  });

  it('says what is missing, and how to make it', () => {
    const nothing = { ...registry, aggregates: [], projections: [] };
    expect(() => make(nothing, 'command kms rotate-key')).to.throw(
      'The context kms has no aggregate "key". It has none yet. To make it: npm run new -- aggregate kms key',
    );
    expect(() => make({ ...registry, endpoints: [], projections: [] }, 'query inventory list-hourglasses')).to.throw(
      'There is no read model inventory_hourglasses to ask. To make it: npm run new -- projection inventory hourglasses',
    );
    expect(() => make(registry, 'query inventory list-grains --of hourglass')).to.throw(
      'is the route of inventory.listHourglasses already',
    );
    expect(() => make(registry, 'reaction inventory when-nothing-happened-wake-up')).to.throw('names no fact');
    expect(existsSync(join(root, 'queries/inventory/list-grains.ts'))).to.equal(false);
  });

  const wrong: Readonly<Record<string, string>> = {
    'command vault': 'usage: npm run new',
    'thing vault rotate-secret': '"thing" cannot be made: it is none of aggregate, command',
    'command safe rotate-secret': '"safe" is none of the contexts access, ai',
    'command vault/a/b rotate-secret': '"vault/a/b" is no context and group',
    'command vault rotateSecret':
      '"rotateSecret" is no name for a command: write a verb and a noun, as rotate-secret, in kebab-case.',
    'command vault rotate': '"rotate" is no name for a command',
    'query vault find-secret': '"find-secret" is no name for a query: write get or list and a noun',
    'reaction vault on-rotated': '"on-rotated" is no name for a reaction: write when-FACT-DO-THIS',
    'worker vault ../../evil-thing': '"../../evil-thing" is no name for a worker',
    'command vault rotate-secret --force': "Unknown option '--force'",
  };
  for (const [line, sentence] of Object.entries(wrong)) {
    it(`refuses "${line}" in a sentence`, () => {
      expect(() => askedFor(line.split(' '), contexts))
        .to.throw(sentence)
        .with.property('name', 'Unusable');
    });
  }

  it('knows words', () => {
    expect(
      ['rotate', 'retry', 'set', 'plan', 'add', 'roll-back'.split('-')[0] ?? '', 'enforce', 'destroy', 'freeze'].map(
        pastOf,
      ),
    ).to.deep.equal(['rotated', 'retried', 'set', 'planned', 'added', 'rolled', 'enforced', 'destroyed', 'frozen']);
    expect(['secret', 'policy', 'address', 'key'].map(pluralOf)).to.deep.equal([
      'secrets',
      'policies',
      'addresses',
      'keys',
    ]);
    expect(['secrets', 'policies', 'addresses', 'keys', 'hourglasss'].map(singularOf)).to.deep.equal([
      'secret',
      'policy',
      'address',
      'key',
      'hourglass',
    ]);
    expect([wordOf('api-key').one, wordOf('user').one, wordOf('hourglass').camel]).to.deep.equal([
      'an api key',
      'a user',
      'hourglass',
    ]);
  });
});
