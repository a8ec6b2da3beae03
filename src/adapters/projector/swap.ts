import { rawSql, sql } from '../../kernel/sql.ts';
import type { Database, Run } from '../postgres/database.ts';
import { projectedChannel } from '../postgres/position-watch.ts';
import { type Held, inventory, keyOf, LeaseLost, type TrackRow } from './leases.ts';
import { dropTables, ident, liveSchema, publishTables } from './tables.ts';
import { lock } from './tracks.ts';

/**
 * Puts a built table set in the live one's place, in one transaction: readers see the one or the other, never neither, and never an older
 * position.
 *
 * @returns false where the live one is ahead: read on and try again
 * @throws {LeaseLost} the built one is not this owner's any more, or a newer version is live
 */
export async function swap(database: Database, built: Held): Promise<boolean> {
  return database.transaction(async (run) => {
    await lock(run, built.name);
    // Shorter than the wait before a deadlock check: a long read makes the swap try again, and not the reads behind it wait.
    await run(rawSql(`set local lock_timeout = '500ms'`));
    const rows = await inventory(run, [built.name]);
    const build = rows.find(
      (row) => keyOf(row) === keyOf(built) && row.epoch === built.epoch && row.owner === built.owner,
    );
    if (build === undefined) throw new LeaseLost(`${built.name}, generation ${built.generation} is gone`);
    // An earlier try may have committed although its answer was lost.
    if (build.state === 'live') return true;
    const live = rows.find(({ state }) => state === 'live');
    if (live !== undefined && live.version > build.version)
      throw new LeaseLost(`${built.name} is live at version ${live.version} meanwhile`);
    if (live !== undefined && !(await retire(run, live, build.position ?? -1n))) return false;
    await publishTables(run, build.schema, build.tables);
    await publish(run, built);
    return true;
  });
}

/** Drops the live tables and their checkpoint, unless they have seen more. Tables are locked before the row, as batches do. */
async function retire(run: Run, live: TrackRow, position: bigint): Promise<boolean> {
  const tables = live.tables.map((table) => `${liveSchema}.${ident(table)}`);
  await run(rawSql(`lock table ${tables.join(', ')} in access exclusive mode`));
  const [row] = await run(sql`
    select position from kernel.projections where name = ${live.name} and generation = ${live.generation} for update`);
  if (row === undefined || ((row['position'] ?? -1n) as bigint) > position) return false;
  await dropTables(run, live.schema, live.tables);
  await run(sql`delete from kernel.projections where name = ${live.name} and generation = ${live.generation}`);
  return true;
}

async function publish(run: Run, { name, generation, epoch, owner }: Held): Promise<void> {
  const published = await run(sql`
    with published as (
      update kernel.projections set state = 'live', schema = ${liveSchema}
      where name = ${name} and generation = ${generation} and epoch = ${epoch} and owner = ${owner}
      returning name, position
    )
    select (select pg_notify(${projectedChannel}, name || ':' || position) where position is not null) from published`);
  if (published.length !== 1) throw new LeaseLost(`${name}, generation ${generation}: epoch ${epoch} is over`);
}
