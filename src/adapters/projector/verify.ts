import type { Projection } from '../../kernel/projection.ts';
import { rawSql, sql } from '../../kernel/sql.ts';
import { compareTables, type Difference, type Pair } from './compare.ts';
import { digestTables, type TenantDigest } from './digest.ts';
import { inventory, type TrackRow } from './leases.ts';
import { advance, openScratch } from './replay.ts';
import { ident, liveSchema } from './tables.ts';
import type { Workshop, WorkshopDeps } from './workshop.ts';

/** What a replay says of a read model. */
export interface Verification {
  readonly projection: string;
  readonly version: number;
  /** Both were compared as of this position; 0 where the read model has seen nothing yet. */
  readonly position: bigint;
  readonly rows: number;
  /** Streams that the live read model passes over. */
  readonly parkedStreams: number;
  /** Rows that differ. */
  readonly differences: number;
  /** The first of them, by table and key. */
  readonly first: Difference | undefined;
}

/**
 * Replays the log into scratch tables and compares them with the live ones, byte for byte, both as of the same position. The live ones are
 * copied in one snapshot with their position, so that neither reads, nor writes, nor a swap wait for it.
 *
 * @throws {TypeError} the read model is not live at the version this program declares
 * @throws {UnknownEventVersion} an event is newer than this program
 */
export async function verifyProjection(
  deps: WorkshopDeps,
  projection: Projection,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Verification> {
  return besideReplay(deps, projection, options, async ({ live, pairs, parkedStreams, schema }) => {
    const compared = await compareTables(deps.owner, schema, pairs);
    const { name, version } = projection;
    return { projection: name, version, position: live.position ?? 0n, parkedStreams, ...compared };
  });
}

/**
 * As `verifyProjection`, but tells by SHA-256 what each tenant's rows are, live and by the replay.
 *
 * @throws {TypeError} the read model is not live at the version this program declares
 */
export async function digestProjection(deps: WorkshopDeps, projection: Projection): Promise<readonly TenantDigest[]> {
  return besideReplay(deps, projection, {}, ({ pairs, schema }) => digestTables(deps.owner, schema, pairs));
}

interface SideBySide {
  readonly live: TrackRow;
  readonly parkedStreams: number;
  /** Where both are. */
  readonly schema: string;
  readonly pairs: readonly Pair[];
}

/** Has the live tables, copied, and those of a replay up to the same position in one schema for as long as `work` takes. */
async function besideReplay<T>(
  deps: WorkshopDeps,
  projection: Projection,
  options: { readonly signal?: AbortSignal },
  work: (tables: SideBySide) => Promise<T>,
): Promise<T> {
  const workshop = await openScratch(deps, projection, { signal: options.signal });
  try {
    const { live, parkedStreams } = await copyLive(deps, projection, workshop);
    if (live.position !== undefined) await advance(workshop, live.position);
    const pairs = live.tables.map((table, index) => ({ table, live: copyName(index), replayed: table }));
    return await work({ live, parkedStreams, pairs, schema: workshop.track.row.schema });
  } finally {
    await workshop.close('drop');
  }
}

const copyName = (index: number): string => `live copy ${index}`;

async function copyLive(
  { owner }: WorkshopDeps,
  { name, version }: Projection,
  { track }: Workshop,
): Promise<{ readonly live: TrackRow; readonly parkedStreams: number }> {
  return owner.transaction(async (run) => {
    await run(rawSql('set transaction isolation level repeatable read'));
    await run(rawSql('set local statement_timeout = 0'));
    const live = (await inventory(run, [name])).find(({ state }) => state === 'live');
    if (live?.version !== version)
      throw new TypeError(
        `${name} is ${live === undefined ? 'not live' : `live at version ${live.version}`}, and this program declares version ${version}: wait until a projector has built it.`,
      );
    for (const [index, table] of live.tables.entries()) {
      const copy = `${ident(track.row.schema)}.${ident(copyName(index))}`;
      await run(rawSql(`create table ${copy} as table ${liveSchema}.${ident(table)}`));
    }
    const parked = await run(sql`
      select stream from kernel.parked_streams where projection = ${name} and generation = ${live.generation}`);
    return { live, parkedStreams: parked.length };
  });
}
