import type { Found, Registry } from '../../src/kernel/registry.ts';
import { contractFile } from './contract.ts';
import { code, section } from './markdown.ts';

/** `docs/contexts/vault.md` */
export const contextFile = (context: string): string => `docs/contexts/${context}.md`;

/** The context of a group, and of itself. */
export const contextOf = (folders: string): string => folders.split('/')[0] ?? folders;

/** One page on all that a context declares, in every room. */
export function contextPage(context: string, registry: Registry): string {
  const of = <T>(found: readonly Found<T>[]): readonly Found<T>[] =>
    found.filter((item) => contextOf(item.context) === context);
  const parts = [
    `# ${context}\n`,
    'What this context declares. Written by `npm run docs`.\n',
    endpoints(of(registry.endpoints)),
    events(of(registry.aggregates)),
    readModels(of(registry.projections)),
    reactions(of(registry.reactions)),
    jobs(of(registry.workers)),
    schedules(of(registry.schedules)),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const source = ({ file }: Found<unknown>): string => {
  const path = file.replace(/\.js$/, '.ts');
  return `[${path.split('/').at(-1)}](../../${path})`;
};

function endpoints(found: Registry['endpoints']): string {
  const rows = found.map((item) => {
    const { kind, route, aliases = [], controls, summary, rejections = {} } = item.value;
    const routes = route === undefined ? 'internal' : [route, ...aliases].map(code).join('<br>');
    const refusals = Object.entries(rejections).map(([name, status]) => `${name} ${status}`);
    return [source(item), kind, routes, code(controls.permission), refusals.join('<br>'), summary];
  });
  return section('Endpoints', ['File', 'Kind', 'Route', 'Permission', 'Refusals', 'What it does'], rows);
}

function events(found: Registry['aggregates']): string {
  const rows = found.flatMap((item) => {
    const { name, schemas, versions } = item.value;
    return Object.keys(schemas).map((event) => [
      code(`${name}.${event}`),
      `${versions?.[event] ?? 1}`,
      source(item),
      `[schema](../../${contractFile(name)})`,
    ]);
  });
  return section('Events', ['Event', 'Version', 'Aggregate', 'Contract'], rows);
}

interface Subscribed {
  readonly on: readonly { readonly aggregate: { readonly name: string }; readonly names: readonly string[] }[];
}

const subscribed = ({ on }: Subscribed): string =>
  on.flatMap(({ aggregate, names }) => names.map((name) => code(`${aggregate.name}.${name}`))).join('<br>');

function readModels(found: Registry['projections']): string {
  const rows = found.map((item) => [
    code(item.value.name),
    `${item.value.version}`,
    source(item),
    subscribed(item.value),
  ]);
  return section('Read models', ['Table', 'Version', 'File', 'From'], rows);
}

function reactions(found: Registry['reactions']): string {
  return section(
    'Reactions',
    ['Reaction', 'To'],
    found.map((item) => [source(item), subscribed(item.value)]),
  );
}

function jobs(found: Registry['workers']): string {
  const rows = found.map((item) => {
    const { queue, attempts, concurrency } = item.value;
    return [code(queue), source(item), `${attempts}`, `${concurrency}`];
  });
  return section('Jobs', ['Queue', 'File', 'Attempts', 'At once'], rows);
}

function schedules(found: Registry['schedules']): string {
  const rows = found.map((item) => {
    const { name, cron, command } = item.value;
    return [code(name), source(item), code(cron), code(command.name)];
  });
  return section('Schedules', ['Schedule', 'File', 'When (UTC)', 'Command'], rows);
}
