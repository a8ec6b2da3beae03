import { type Sql, sql } from '../../kernel/sql.ts';
import type { Database, Run, Statement } from '../postgres/database.ts';
import { projectedChannel, tellings } from '../postgres/position-watch.ts';
import { type Held, keyOf, LeaseLost, type TrackKey, type TrackRow } from './leases.ts';
import { ident } from './tables.ts';

const lockAloneMs = 1_000;

/**
 * Begins a batch in a table set's schema. Its commit need not wait for the disk: after a crash of the database, rows and checkpoint are
 * older together. An owner that stops in the middle of it must not keep the rows locked for the next, and one read model that waits for a
 * lock must not hold up the others.
 *
 * @param lockMs milliseconds that one statement may wait for a lock
 */
export async function openBatch(run: Run, schema: string, lockMs: number = lockAloneMs): Promise<void> {
  const settings = sql`
    select set_config('search_path', ${ident(schema)}, true), set_config('synchronous_commit', 'off', true),
      set_config('idle_in_transaction_session_timeout', '2s', true), set_config('lock_timeout', ${`${lockMs}ms`}, true)`;
  await run({ ...settings, name: 'keyledger_open_batch' });
}

/**
 * Moves the checkpoint in the batch's transaction, and tells who waits.
 *
 * @throws {LeaseLost} the row is not this epoch's any more, or stands elsewhere
 */
export async function moveOn(
  run: Run,
  { name, generation, epoch, owner }: Held,
  { from, to }: { readonly from: bigint | undefined; readonly to: bigint },
): Promise<void> {
  const move = sql`
    with moved as (
      update kernel.projections set position = ${to}, heartbeat = clock_timestamp()
      where name = ${name} and generation = ${generation} and epoch = ${epoch} and owner = ${owner}
        and position is not distinct from ${from}::bigint
      returning name, position, state
    )
    select (select pg_notify(${projectedChannel}, name || ':' || position) where state = 'live') from moved`;
  const moved = await run({ ...move, name: 'keyledger_move_on' });
  if (moved.length !== 1) throw new LeaseLost(`${name}, generation ${generation}: epoch ${epoch} is over`);
}

/**
 * Makes sure, in a transaction that leaves the checkpoint where it is, that the row is still this epoch's.
 *
 * @throws {LeaseLost}
 */
export async function hold(run: Run, { name, generation, epoch, owner }: Held): Promise<void> {
  const held = await run(sql`
    update kernel.projections set heartbeat = clock_timestamp()
    where name = ${name} and generation = ${generation} and epoch = ${epoch} and owner = ${owner} returning name`);
  if (held.length !== 1) throw new LeaseLost(`${name}, generation ${generation}: epoch ${epoch} is over`);
}

/** A checkpoint that moves together with others. */
export interface Move extends Held {
  readonly state: TrackRow['state'];
  readonly from: bigint | undefined;
  readonly to: bigint;
}

/** Each is fenced by its own epoch and place. */
function moving(moves: readonly Move[]): Sql {
  return sql`
    update kernel.projections p set position = m.target, heartbeat = clock_timestamp()
    from unnest(
      ${moves.map(({ name }) => name)}::text[], ${moves.map(({ generation }) => generation)}::int[],
      ${moves.map(({ epoch }) => epoch)}::int[], ${moves.map(({ owner }) => owner)}::text[],
      ${moves.map(({ from }) => String(from ?? -1n))}::bigint[], ${moves.map(({ to }) => String(to))}::bigint[]
    ) as m (name, generation, epoch, owner, origin, target)
    where p.name = m.name and p.generation = m.generation and p.epoch = m.epoch and p.owner = m.owner
      and coalesce(p.position, -1) = m.origin
    returning p.name, p.generation`;
}

/**
 * Moves all of some checkpoints, or fails, and the transaction with it: so nobody has to wait for the answer before the commit.
 *
 * @throws {Error} a division by zero: a lease is lost
 */
export async function moveAll(run: Run, moves: readonly Move[]): Promise<void> {
  const move = sql`
    with moved as (${moving(moves)}) select 1 / ((select count(*) from moved) / ${moves.length}::bigint) as all_moved`;
  await run({ ...move, name: 'keyledger_move_all' });
}

/** Tells who waits, when the transaction commits, of the live ones that moved: in one notification where they went to one place. */
export async function tellMoved(run: Run, moves: readonly Move[]): Promise<void> {
  const live = moves.filter(({ state }) => state === 'live');
  const told = tellings(live.map(({ name, to }) => ({ name, position: to })));
  const tell = (payload: string): Statement => ({
    ...sql`select pg_notify(${projectedChannel}, ${payload})`,
    name: 'keyledger_tell_moved',
  });
  await Promise.all(told.map((payload) => run(tell(payload))));
}

/**
 * Moves checkpoints that nothing was there for.
 *
 * @returns the table sets that did move; the others' leases are lost
 */
export async function moveIdle(database: Database, moves: readonly Move[]): Promise<ReadonlySet<string>> {
  return database.transaction(async (run) => {
    const [, rows] = await Promise.all([openBatch(run, 'kernel'), run(moving(moves))]);
    const moved = new Set(rows.map((row) => keyOf(row as unknown as TrackKey)));
    await tellMoved(
      run,
      moves.filter((move) => moved.has(keyOf(move))),
    );
    return moved;
  });
}
