import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyAggregate } from './aggregate.ts';
import type { AnyCommand } from './command.ts';
import type { AnyOperation } from './operation.ts';
import type { Projection } from './projection.ts';
import type { AnyQuery } from './query.ts';
import type { Reaction } from './reaction.ts';
import type { Schedule, Worker } from './worker.ts';

/** A declared value and where it was found. */
export interface Found<T> {
  readonly value: T;
  /** `vault` or `kms/escrow`: the folders below the room. */
  readonly context: string;
  /** Path below the root, such as `commands/vault/add-secret-version.js`. */
  readonly file: string;
}

/** Everything the rooms declare. Nothing is listed by hand. */
export interface Registry {
  readonly endpoints: readonly Found<AnyCommand | AnyOperation | AnyQuery>[];
  readonly aggregates: readonly Found<AnyAggregate>[];
  readonly projections: readonly Found<Projection>[];
  readonly reactions: readonly Found<Reaction>[];
  readonly workers: readonly Found<Worker>[];
  readonly schedules: readonly Found<Schedule>[];
}

/** The rooms that hold declared values, below the root of the sources or of the compiled files. */
export const rooms = ['commands', 'queries', 'projections', 'src/domain', 'src/reactions', 'src/workers'] as const;

interface Item {
  readonly kind: string;
}

/**
 * Imports every module of the rooms and collects what they export.
 *
 * @param root the folder that holds the rooms
 * @throws {TypeError} two endpoints share a name or a route, or two of a kind share a name
 */
export async function discover(root: string): Promise<Registry> {
  const found: Found<Item>[] = [];
  for (const room of rooms) found.push(...(await declaredIn(root, room)));
  const of = <T>(...kinds: string[]): Found<T>[] =>
    found.filter(({ value }) => kinds.includes(value.kind)) as unknown as Found<T>[];
  const registry: Registry = {
    endpoints: of('command', 'operation', 'query'),
    aggregates: of('aggregate'),
    projections: of('projection'),
    reactions: of('reaction'),
    workers: of('worker'),
    schedules: of('schedule'),
  };
  refuseDoubles(registry);
  return registry;
}

async function declaredIn(root: string, room: string): Promise<readonly Found<Item>[]> {
  const found: Found<Item>[] = [];
  for (const below of await modulesBelow(join(root, room))) {
    const file = `${room}/${below}`;
    const exports = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
    const context = below.includes('/') ? below.slice(0, below.lastIndexOf('/')) : '';
    for (const value of Object.values(exports)) if (isItem(value)) found.push({ value, context, file });
  }
  return found;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && typeof (value as { kind?: unknown }).kind === 'string';
}

async function modulesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => /\.(js|ts)$/.test(entry) && !entry.endsWith('.d.ts')).sort();
}

function refuseDoubles(registry: Registry): void {
  const { endpoints } = registry;
  unique('endpoint', endpoints, ({ name }) => [name]);
  unique('route', endpoints, ({ route, aliases = [] }) => (route === undefined ? [] : [route, ...aliases]).map(shape));
  unique('aggregate', registry.aggregates, ({ name }) => [name]);
  unique('projection', registry.projections, ({ name }) => [name]);
  unique('reaction', registry.reactions, ({ name }) => [name]);
  unique('worker', registry.workers, ({ queue }) => [queue]);
  unique('schedule', registry.schedules, ({ name }) => [name]);
}

/** Two routes that differ in their parameters' names only are the same route. */
function shape(route: string): string {
  return route.replaceAll(/:[^/]+/g, ':');
}

function unique<T>(what: string, items: readonly Found<T>[], keys: (value: T) => readonly string[]): void {
  const seen = new Map<string, string>();
  for (const { file, value } of items) {
    for (const key of keys(value)) {
      const other = seen.get(key);
      if (other !== undefined) throw new TypeError(`The ${what} ${key} is declared in ${other} and in ${file}.`);
      seen.set(key, file);
    }
  }
}
