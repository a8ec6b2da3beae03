import type { Projection } from '../../kernel/projection.ts';
import { sql } from '../../kernel/sql.ts';
import type { Database, Run } from '../postgres/database.ts';
import { type Held, inventory, type TrackKey, type TrackRow } from './leases.ts';
import { dropTables, liveSchema, makeTables, publishTables } from './tables.ts';

/** First half of the key of the lock under which table sets of one projection are made and dropped. */
const lockSpace = 7_301_030;
/** Postgres cuts longer names off, and the prefix and the generation need their room. */
const nameLength = 44;

/** For whom, and with which right to read, a table set is made. */
export interface Making {
  readonly owner: string;
  readonly appRole: string;
  readonly state: TrackRow['state'];
  /** Where the tables go; made up where absent. */
  readonly schema?: string;
  /** Looks at what is there, under the lock: false makes nothing. */
  readonly if?: (rows: readonly TrackRow[]) => boolean;
}

/**
 * Makes an empty table set and its checkpoint before the log's start, owned by the caller at epoch 1.
 *
 * @returns undefined where `if` says no
 * @throws {TypeError} the projection's `table` cannot be used
 */
export async function createTrack(
  database: Database,
  projection: Projection,
  making: Making,
): Promise<TrackRow | undefined> {
  return database.transaction(async (run) => {
    await lock(run, projection.name);
    const rows = await inventory(run, [projection.name]);
    if (making.if?.(rows) === false) return undefined;
    const generation = Math.max(0, ...rows.map((row) => row.generation)) + 1;
    const prefix = making.state === 'scratch' ? 'scratch' : 'build';
    const schema = making.schema ?? `${prefix}_${projection.name.slice(0, nameLength)}_${generation}`;
    const tables = await makeTables(run, projection, { schema, appRole: making.appRole });
    if (making.state === 'live') await publishTables(run, schema, tables);
    const { name, version } = projection;
    const finalSchema = making.state === 'live' ? liveSchema : schema;
    await run(sql`
      insert into kernel.projections (name, generation, version, state, schema, tables, owner, epoch)
      values (${name}, ${generation}, ${version}, ${making.state}, ${finalSchema}, ${tables}, ${making.owner}, 1)`);
    return (await inventory(run, [name])).find((row) => row.generation === generation);
  });
}

/** Drops a table set that nobody owns any more. False where somebody does, or it is gone. */
export async function dropTrack(database: Database, key: TrackKey, held?: Held): Promise<boolean> {
  return database.transaction(async (run) => {
    await lock(run, key.name);
    const row = (await inventory(run, [key.name])).find(({ generation }) => generation === key.generation);
    const mine = held !== undefined && row?.epoch === held.epoch && row.owner === held.owner;
    if (row === undefined || !(row.free || mine)) return false;
    await dropTables(run, row.schema, row.tables);
    await run(sql`delete from kernel.projections where name = ${row.name} and generation = ${row.generation}`);
    return true;
  });
}

/** Until the transaction ends, nobody else makes, drops or swaps table sets of the projection. */
export async function lock(run: Run, projection: string): Promise<void> {
  await run(sql`select pg_advisory_xact_lock(${lockSpace}, hashtext(${projection}))`);
}
