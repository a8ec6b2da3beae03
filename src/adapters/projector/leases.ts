import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Row } from '../../kernel/query.ts';
import { rawSql, type Sql, sql } from '../../kernel/sql.ts';
import type { Database, Run } from '../postgres/database.ts';

/** Milliseconds between two heartbeats. */
export const heartbeatMs = 1_000;
/** A lease whose heartbeat is older, by the database's clock, is anybody's. */
const expired = rawSql(`(owner is null or heartbeat < clock_timestamp() - interval '3 seconds')`);

/** One table set of a projection, as `kernel.projections` has it. */
export interface TrackRow {
  readonly name: string;
  readonly generation: number;
  readonly version: number;
  readonly state: 'live' | 'building' | 'scratch';
  readonly schema: string;
  readonly tables: readonly string[];
  readonly position: bigint | undefined;
  readonly owner: string | undefined;
  readonly epoch: number;
  readonly problem: string | undefined;
  /** Nobody owns it, or its owner has been silent for too long. */
  readonly free: boolean;
}

/** Names one table set. */
export type TrackKey = Pick<TrackRow, 'name' | 'generation'>;

/** A table set as it was seen; another epoch means that it has changed hands since. */
export type Fence = TrackKey & Pick<TrackRow, 'epoch'>;

/** What an owner holds: a table set, and the name and epoch under which it took it. */
export interface Held extends TrackKey {
  readonly owner: string;
  readonly epoch: number;
}

/** Another process owns the table set now, or it is gone. Nothing of the batch was kept. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** An owner's name: where it runs, and what nobody else is called. */
export function ownerName(): string {
  return `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
}

const columns = rawSql('name, generation, version, state, schema, tables, position, owner, epoch, problem');

/** Every table set of the named projections. */
export async function inventory(run: Run, names: readonly string[]): Promise<readonly TrackRow[]> {
  const rows = await run(sql`
    select ${columns}, ${expired} as free from kernel.projections where name = any(${names}) order by name, generation`);
  return rows.map(toTrackRow);
}

function toTrackRow(row: Row): TrackRow {
  const { position, owner, problem } = row;
  return {
    ...row,
    position: position ?? undefined,
    owner: owner ?? undefined,
    problem: problem ?? undefined,
  } as TrackRow;
}

/** Takes those of the table sets that are free and have not changed hands meanwhile; each gets a new epoch, which shuts out the owner before. */
export async function acquire(
  database: Database,
  owner: string,
  wanted: readonly Fence[],
): Promise<readonly TrackRow[]> {
  if (wanted.length === 0) return [];
  const rows = await database.run(sql`
    update kernel.projections set owner = ${owner}, epoch = epoch + 1, heartbeat = clock_timestamp(), problem = null
    where (name, generation) in (
      select name, generation from kernel.projections
      where (name, generation, epoch) in (${fences(wanted)}) and ${expired} for update skip locked
    )
    returning ${columns}, false as free`);
  return rows.map(toTrackRow);
}

/**
 * Renews leases. A row that is locked just now is being worked on, and its batch renews it.
 *
 * @returns those that are still held
 */
export async function heartbeat(database: Database, held: readonly Held[]): Promise<ReadonlySet<string>> {
  if (held.length === 0) return new Set();
  await database.run(sql`
    update kernel.projections p set heartbeat = clock_timestamp() from (
      select name, generation from kernel.projections
      where (name, generation, epoch, owner) in (${heldKeys(held)}) for update skip locked
    ) mine where p.name = mine.name and p.generation = mine.generation`);
  const rows = await database.run(sql`
    select name, generation from kernel.projections
    where (name, generation, epoch, owner) in (${heldKeys(held)})`);
  return new Set(rows.map((row) => keyOf(row as unknown as TrackKey)));
}

/** Gives leases up, so that the next owner need not wait for them to expire. */
export async function release(database: Database, held: readonly Held[], problem?: string): Promise<void> {
  if (held.length === 0) return;
  await database.run(sql`
    update kernel.projections set owner = null, problem = ${problem}
    where (name, generation, epoch, owner) in (${heldKeys(held)})`);
}

/** One string for a table set. */
export function keyOf({ name, generation }: TrackKey): string {
  return `${name}#${generation}`;
}

function fences(of: readonly Fence[]): Sql {
  const names = of.map(({ name }) => name);
  const generations = of.map(({ generation }) => generation);
  const epochs = of.map(({ epoch }) => epoch);
  return sql`select * from unnest(${names}::text[], ${generations}::int[], ${epochs}::int[])`;
}

function heldKeys(of: readonly Held[]): Sql {
  const owners = of.map(({ owner }) => owner);
  const names = of.map(({ name }) => name);
  const generations = of.map(({ generation }) => generation);
  const epochs = of.map(({ epoch }) => epoch);
  return sql`select * from unnest(${names}::text[], ${generations}::int[], ${epochs}::int[], ${owners}::text[])`;
}
