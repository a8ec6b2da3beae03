import type { Checkout } from './checkout.ts';
import { contexts } from './contexts.ts';
import type { Step } from './step.ts';

/** All that may stand in the root: plans and notes belong in docs. */
const root = new Set([
  '.ci',
  '.dockerignore',
  '.gitignore',
  '.mocharc.json',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'biome.json',
  'commands',
  'docs',
  'infra',
  'package-lock.json',
  'package.json',
  'projections',
  'queries',
  'src',
  'test',
  'tsconfig.json',
]);

const inRoom = /^(?:commands|queries|projections|src\/domain|src\/reactions|src\/workers)\/(.*)$/;
/** A test of one side of a thing may name it: `secret.property.test.ts`. */
const kebab = /^[a-z0-9]+([-.][a-z0-9]+)*$/;

function placeProblems(file: string): readonly string[] {
  const top = file.split('/')[0] ?? '';
  if (!root.has(top)) return [`${file}: "${top}" has no place in the root`];
  const [, below] = inRoom.exec(file) ?? [];
  if (below === undefined) return [];
  const folders = below.split('/').slice(0, -1);
  const [context] = folders;
  if (context === undefined) return [`${file}: stands in no context`];
  if (!contexts.includes(context)) return [`${file}: "${context}" is none of the contexts ${contexts.join(', ')}`];
  return folders.length > 2 ? [`${file}: a group of a context has no groups of its own`] : [];
}

function caseProblems(file: string): readonly string[] {
  if (!/^(src|commands|queries|projections|infra|test)\/.*\.(ts|mjs)$/.test(file)) return [];
  const parts = file.replace(/(\.test|\.d)?\.(ts|mjs)$/, '').split('/');
  return parts.every((part) => kebab.test(part)) ? [] : [`${file}: is not written in kebab-case`];
}

/** A test of a declaration is named as what it tests. */
function strayTests({ files }: Checkout): readonly string[] {
  const known = new Set(files);
  return files.flatMap((file) => {
    const [, tested] =
      /^test\/((?:commands|queries|projections|reactions|workers)\/[^.]*)(?:\.[\w-]+)?\.test\.ts$/.exec(file) ?? [];
    if (tested === undefined) return [];
    const place = /^(reactions|workers)\//.test(tested) ? `src/${tested}.ts` : `${tested}.ts`;
    return known.has(place) ? [] : [`${file}: tests ${place}, which is not there`];
  });
}

export const layout: Step = {
  name: 'places and file names',
  remedy: 'put the file where CONTRIBUTING.md says, or name it as it says',
  problems: (checkout: Checkout) => [
    ...checkout.files.flatMap((file) => [...placeProblems(file), ...caseProblems(file)]),
    ...strayTests(checkout),
  ],
};
