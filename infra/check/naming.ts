import { join } from 'node:path';
import { discover, type Found, type Registry } from '../../src/kernel/registry.ts';
import type { Step } from './step.ts';

/** `rotateKey` and `PQCReport` as files are named: `rotate-key`, `pqc-report`. */
export function kebabOf(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

interface Place {
  /** Path of the source. */
  readonly file: string;
  readonly room: string;
  readonly context: string;
  readonly stem: string;
}

function placeOf({ file, context }: Found<unknown>): Place {
  const source = file.replace(/\.js$/, '.ts');
  return {
    file: source,
    room: source.startsWith('src/') ? source.split('/').slice(0, 2).join('/') : (source.split('/')[0] ?? ''),
    context: context.split('/')[0] ?? '',
    stem: (source.split('/').at(-1) ?? '').replace(/\.ts$/, ''),
  };
}

const told = (place: Place, ...complaints: readonly (string | false)[]): readonly string[] =>
  complaints.flatMap((complaint) => (complaint === false ? [] : [`${place.file}: ${complaint}`]));

/** All names of the registry that are not as their place says. */
export function namingProblems(registry: Registry): readonly string[] {
  return [
    ...registry.endpoints.flatMap(endpoint),
    ...together(registry.endpoints),
    ...registry.aggregates.flatMap(aggregate),
    ...registry.projections.flatMap(readModel),
    ...registry.reactions.flatMap((found) => same(found, found.value.name, ({ stem }) => stem)),
    ...registry.workers.flatMap((found) => same(found, found.value.queue, ({ context, stem }) => `${context}.${stem}`)),
    ...registry.schedules.flatMap((found) =>
      same(found, found.value.name, ({ context, stem }) => `${context}.${stem}`),
    ),
  ];
}

function same(found: Found<unknown>, name: string, wanted: (place: Place) => string): readonly string[] {
  const place = placeOf(found);
  return told(place, name !== wanted(place) && `"${name}" should be "${wanted(place)}"`);
}

/** `login` and `logout` are the field's own words, and have no noun. */
const verbNoun = /^(login|logout|[a-z]+[A-Z][A-Za-z0-9]*)$/;
const nounState = /^[A-Z][a-z0-9]+([A-Z][a-z0-9]*)+$/;

function endpoint(found: Registry['endpoints'][number]): readonly string[] {
  const place = placeOf(found);
  const { name, kind, controls, rejections = {} } = found.value;
  const [context, action = ''] = name.split('.');
  const codes = Object.keys(rejections).filter((code) => !nounState.test(code));
  return told(
    place,
    context !== place.context && `"${name}" should begin with "${place.context}."`,
    !verbNoun.test(action) &&
      `"${name}" should be a verb and a noun behind its context, as "${place.context}.rotateKey"`,
    kebabOf(action) !== place.stem && `"${name}" should stand in ${kebabOf(action)}.ts`,
    kind === 'command' && place.room !== 'commands' && 'a command belongs in commands',
    kind === 'query' && place.room !== 'queries' && 'a query belongs in queries',
    kind === 'query' && !/^(get|list)-/.test(place.stem) && 'a query begins with get or list',
    !permitted(controls.permission, place.context) &&
      `the permission "${controls.permission}" should begin with "${place.context}."`,
    codes.length > 0 && `${codes.join(', ')} should be a noun and a state, as "KeyNotActive"`,
    ...routeProblems(found.value),
  );
}

const permitted = (permission: string, context: string): boolean =>
  permission === 'public' || permission === 'authenticated' || permission.startsWith(`${context}.`);

function routeProblems({
  route,
  aliases = [],
}: {
  readonly route?: string;
  readonly aliases?: readonly string[];
}): readonly string[] {
  const parameters = (path: string): string => (path.match(/:[^/]+/g) ?? []).sort().join();
  const routes = route === undefined ? [] : [route, ...aliases];
  return routes.flatMap((path) => [
    ...(/:(?![a-z][A-Za-z0-9]*(\/|\+?$))/.test(path) ? [`the parameters of ${path} should be in camelCase`] : []),
    ...(parameters(path) === parameters(route ?? '') ? [] : [`${path} should have the parameters of ${route}`]),
  ]);
}

function together(endpoints: Registry['endpoints']): readonly string[] {
  const files = endpoints.map((found) => placeOf(found).file);
  const shared = files.filter((file, index) => files.indexOf(file) !== index);
  return [...new Set(shared)].map((file) => `${file}: holds several endpoints, and each has a file of its own`);
}

function aggregate(found: Registry['aggregates'][number]): readonly string[] {
  const place = placeOf(found);
  const [context, name = ''] = found.value.name.split('.');
  const events = Object.keys(found.value.schemas).filter((event) => !/^[A-Z][A-Za-z0-9]*$/.test(event));
  return told(
    place,
    place.room !== 'src/domain' && 'an aggregate belongs in src/domain',
    context !== place.context && `"${found.value.name}" should begin with "${place.context}."`,
    kebabOf(name) !== place.stem && `"${found.value.name}" should stand in ${kebabOf(name)}.ts`,
    events.length > 0 && `${events.join(', ')} should be in PascalCase and the past tense, as "Rotated"`,
  );
}

function readModel(found: Registry['projections'][number]): readonly string[] {
  const place = placeOf(found);
  const { name, table } = found.value;
  return told(
    place,
    !name.startsWith(`${place.context}_`) && `"${name}" should begin with "${place.context}_"`,
    name.replaceAll('_', '-') !== place.stem && `"${name}" should stand in ${name.replaceAll('_', '-')}.ts`,
    found.value.apply === undefined &&
      !new RegExp(String.raw`create table ${name}\b`).test(table) &&
      `its table should be called ${name}`,
    ...[...table.matchAll(/create table (\w+)/g)]
      .filter(([, made = '']) => !made.startsWith(`${place.context}_`))
      .map(([, made]) => `its table ${made} should begin with "${place.context}_"`),
  );
}

export const naming: Step = {
  name: 'names',
  remedy: 'name it as CONTRIBUTING.md says ("Names")',
  problems: async ({ root }) => namingProblems(await discover(join(root, 'dist'))),
};
