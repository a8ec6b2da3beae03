import { expect } from 'chai';
import { cruiseImports } from '../../../infra/check/imports/cruise.ts';
import { nameProblems } from '../../../infra/check/imports/names.ts';
import { imports } from '../../../infra/check/imports/step.ts';
import { repositoryRoot } from '../../../infra/local/root.ts';
import { checkoutWith, plantedCheckout } from './planted.ts';

/** One file a room, of the context alpha and, where rooms have contexts, of the context beta. */
const rooms = {
  kernel: 'src/kernel/part.ts',
  'own domain': 'src/domain/alpha/thing.ts',
  'other domain': 'src/domain/beta/thing.ts',
  'own commands': 'commands/alpha/make-thing.ts',
  'other commands': 'commands/beta/make-thing.ts',
  'own queries': 'queries/alpha/get-thing.ts',
  'other queries': 'queries/beta/get-thing.ts',
  'own projections': 'projections/alpha/things.ts',
  'other projections': 'projections/beta/things.ts',
  'own reactions': 'src/reactions/alpha/when-made-tell.ts',
  'own workers': 'src/workers/alpha/tell.ts',
  adapters: 'src/adapters/store.ts',
  http: 'src/http/server.ts',
  cli: 'src/cli/main.ts',
  app: 'src/app.ts',
  config: 'src/config.ts',
  infra: 'infra/local/launch.ts',
  test: 'test/support/help.ts',
} as const;

type Place = keyof typeof rooms;

/** Where a file of each room may look, as docs/adr and CONTRIBUTING.md state it. */
const allowed: Readonly<Record<string, readonly Place[]>> = {
  'src/domain/alpha': ['kernel', 'own domain'],
  'commands/alpha': ['kernel', 'own domain'],
  'queries/alpha': ['kernel', 'own domain'],
  'projections/alpha': ['kernel', 'own domain', 'other domain'],
  'src/reactions/alpha': ['kernel', 'own domain', 'other domain', 'own commands'],
  'src/workers/alpha': ['kernel', 'own domain', 'other domain', 'own commands'],
  'src/kernel': ['kernel'],
  'src/adapters': ['kernel', 'own domain', 'other domain', 'adapters', 'config'],
};

/** Rooms that see all others see them; adapters are the composition root's alone. */
const everythingPublic: readonly Place[] = [
  'kernel',
  'own domain',
  'other domain',
  'own commands',
  'other commands',
  'own queries',
  'other queries',
  'own projections',
  'other projections',
];
const outer: Readonly<Record<string, readonly Place[]>> = {
  'src/http': [...everythingPublic, 'http', 'config'],
  'src/cli': [...everythingPublic, 'http', 'cli', 'app', 'config', 'infra'],
  'src/app': [...everythingPublic, 'http', 'app', 'adapters', 'config'],
};

const depth = (file: string): string => '../'.repeat(file.split('/').length - 1);

/** A file of its own for each pair of rooms, which imports the one from the other, a type or a value. */
function pairs(word: 'import' | 'import type'): {
  readonly files: Record<string, string>;
  readonly forbidden: string[];
} {
  const files: Record<string, string> = Object.fromEntries(
    Object.values(rooms).map((file) => [file, 'export const thing = 1;\nexport type Thing = 1;\n']),
  );
  const forbidden: string[] = [];
  for (const [folder, places] of Object.entries({ ...allowed, ...outer })) {
    for (const [place, target] of Object.entries(rooms)) {
      const file = `${folder}/imports-${place.replace(' ', '-')}.ts`;
      const name = word === 'import' ? 'thing' : 'Thing';
      files[file] =
        `${word} { ${name} } from '${depth(file)}${target}';\nexport type Mine = ${word === 'import' ? 'typeof ' : ''}${name};\n`;
      if (!places.includes(place as Place)) forbidden.push(file);
    }
  }
  return { files, forbidden };
}

const folders = ['src', 'commands', 'queries', 'projections', 'infra'];

async function complaints(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { root } = plantedCheckout(files);
  return (
    await cruiseImports(
      root,
      folders.filter((folder) => Object.keys(files).some((file) => file.startsWith(folder))),
    )
  ).violations;
}

const filesOf = (problems: readonly string[]): string[] =>
  [...new Set(problems.map((problem) => problem.split(':')[0] ?? ''))].sort();

describe('imports', () => {
  it('of this checkout are all read', async () => {
    const { modules, dependencies } = await cruiseImports(repositoryRoot, ['src', 'infra']);
    expect(modules).to.be.greaterThan(100);
    expect(dependencies).to.be.greaterThan(400);
  });

  for (const word of ['import', 'import type'] as const) {
    it(`by "${word}" are refused for each pair of rooms that the table forbids, and for no other`, async () => {
      const { files, forbidden } = pairs(word);
      expect(forbidden.length).to.be.greaterThan(100);
      expect(filesOf(await complaints(files))).to.deep.equal(forbidden.sort());
    });
  }

  it('say which file imports what, and why not', async () => {
    const found = await complaints({
      'commands/alpha/make-thing.ts': "import '../../src/domain/beta/thing.ts';\n",
      'src/domain/beta/thing.ts': 'export const thing = 1;\n',
    });
    expect(found).to.deep.equal([
      'commands/alpha/make-thing.ts: imports src/domain/beta/thing.ts, but commands may import kernel, own domain',
    ]);
  });

  it('of a group count as those of its context', async () => {
    const found = await complaints({
      'src/domain/alpha/things/thing.ts': 'export const thing = 1;\n',
      'commands/alpha/things/make-thing.ts': "import '../../../src/domain/alpha/things/thing.ts';\n",
      'commands/alpha/others/make-other.ts': "import '../../../src/domain/alpha/things/thing.ts';\n",
      'commands/alphabet/make-letter.ts': "import '../../src/domain/alpha/things/thing.ts';\n",
    });
    expect(filesOf(found)).to.deep.equal(['commands/alphabet/make-letter.ts']);
  });

  for (const name of [
    'pg',
    'ioredis',
    'bullmq',
    '@eventstore/db-client',
    'undici',
    'express',
    'inversify',
    'pino',
    'jose',
    'node:fs',
    'node:net',
  ]) {
    it(`of ${name} are refused in every room of declarations`, async () => {
      const places = [
        'src/domain/alpha',
        'commands/alpha',
        'queries/alpha',
        'projections/alpha',
        'src/reactions/alpha',
        'src/workers/alpha',
      ];
      const planted = places.map((place) => [`${place}/bad.ts`, `import '${name}';\n`]);
      const fine = places.map((place) => [`${place}/good.ts`, "import 'zod';\nimport 'node:buffer';\n"]);
      const found = await complaints(Object.fromEntries([...planted, ...fine]));
      expect(filesOf(found)).to.deep.equal(places.map((place) => `${place}/bad.ts`).sort());
    });
  }

  it('of a store’s client are refused outside adapters, of express outside http, of inversify outside app and adapters', async () => {
    const files = Object.fromEntries(
      ['src/kernel/x.ts', 'src/http/x.ts', 'src/cli/x.ts', 'src/adapters/x.ts', 'src/app.ts'].map((file) => [
        file,
        "import 'pg';\nimport 'express';\nimport 'inversify';\n",
      ]),
    );
    const found = (await complaints(files))
      .map((problem) => problem.replace(/: imports .*node_modules\/([^/]+)\/.*/, ' $1'))
      .sort();
    expect(found).to.deep.equal([
      'src/adapters/x.ts express',
      'src/app.ts express',
      'src/cli/x.ts express',
      'src/cli/x.ts inversify',
      'src/cli/x.ts pg',
      'src/http/x.ts inversify',
      'src/http/x.ts pg',
      'src/kernel/x.ts express',
      'src/kernel/x.ts inversify',
      'src/kernel/x.ts pg',
    ]);
  });

  it('that lead nowhere are refused', async () => {
    const found = await complaints({ 'src/kernel/two.ts': "import './three.ts';\n" });
    expect(found).to.deep.equal(['src/kernel/two.ts: imports ./three.ts, but each import must lead somewhere']);
  });

  it('that go round in a circle are refused', async () => {
    const files = {
      'src/kernel/one.ts': "import './two.ts';\n",
      'src/kernel/two.ts': "import './three.ts';\n",
      'src/kernel/three.ts': "import './two.ts';\n",
    };
    expect(await imports.problems(plantedCheckout(files))).to.deep.equal([
      'src/kernel/two.ts: imports src/kernel/three.ts → src/kernel/two.ts, in a circle',
    ]);
  });

  it('that go round in a circle by a type alone are not', async () => {
    const files = {
      'src/kernel/one.ts': "import type { Two } from './two.ts';\nexport class One {\n  two?: Two;\n}\n",
      'src/kernel/two.ts': "import { One } from './one.ts';\nexport class Two extends One {}\n",
    };
    expect(await imports.problems(plantedCheckout(files))).to.deep.equal([]);
  });

  it('that dependency-cruiser did not read are a problem of their own', async () => {
    const checkout = plantedCheckout({ 'src/kernel/one.ts': '', 'src/kernel/two.ts': '' });
    const more = { ...checkout, files: [...checkout.files, 'src/kernel/three.ts'], read: () => '' };
    expect(await imports.problems(more)).to.deep.equal(['dependency-cruiser read 2 of 3 modules']);
  });
});

describe('names that are imported', () => {
  const domain = {
    'src/domain/alpha/thing.ts':
      "export const ThingId = z.string();\nexport const Thing = aggregate({ name: 'alpha.Thing' });\n",
    'src/domain/beta/thing.ts':
      "export const OtherId = z.string();\nexport const Other = aggregate({ name: 'beta.Other' });\n",
  };
  const problems = (file: string, text: string): readonly string[] =>
    nameProblems(checkoutWith({ ...domain, [file]: text }));

  it('of another context are its aggregates only', () => {
    const text =
      "import { Other, OtherId } from '../../src/domain/beta/thing.ts';\nimport { ThingId } from '../../src/domain/alpha/thing.ts';\n";
    expect(problems('projections/alpha/things.ts', text)).to.deep.equal([
      'projections/alpha/things.ts: "OtherId" of src/domain/beta/thing.ts belongs to another context, of which only aggregates, for their events, may be used',
    ]);
  });

  it('of another context are not taken wholesale', () => {
    const text = "import * as beta from '../../domain/beta/thing.ts';\n";
    expect(problems('src/reactions/alpha/when-made-tell.ts', text)).to.have.length(1);
  });

  it('of a query’s own context are schemas, not aggregates', () => {
    const text = "import { Thing as T, ThingId } from '../../src/domain/alpha/thing.ts';\n";
    expect(problems('queries/alpha/get-thing.ts', text)).to.deep.equal([
      'queries/alpha/get-thing.ts: "Thing" of src/domain/alpha/thing.ts is an aggregate, and a query may use schemas only',
    ]);
    expect(problems('commands/alpha/make-thing.ts', text)).to.deep.equal([]);
  });

  it('of node:crypto are its pure functions, without randomness', () => {
    const text = "import { createHash, randomUUID } from 'node:crypto';\n";
    expect(problems('src/domain/alpha/other.ts', text)).to.deep.equal([
      'src/domain/alpha/other.ts: "randomUUID" is not a pure function of node:crypto',
    ]);
  });
});
