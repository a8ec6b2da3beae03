import type { Memory, Projection } from '../../kernel/projection.ts';
import { sql } from '../../kernel/sql.ts';
import type { Run, Statement } from '../postgres/database.ts';
import { inBulk } from './bulk.ts';
import { hold, type Move, moveAll, moveOn, openBatch, tellMoved } from './checkpoints.ts';
import { isPoison } from './failures.ts';
import { type Held, LeaseLost, type TrackRow } from './leases.ts';
import type { Names } from './named.ts';
import { type Parked, park } from './parked.ts';
import type { Plan, Step } from './plan.ts';
import { liveSchema } from './tables.ts';

/** A plan, and what its transaction writes besides. */
export interface Batch {
  readonly plan: Plan;
  readonly of: Held & { readonly projection: Projection; readonly names: Names; readonly memory: Memory };
  readonly schema: string;
  readonly state: TrackRow['state'];
  /** Where the checkpoint stands, and where it goes. */
  readonly from: bigint | undefined;
  readonly to: bigint;
}

/** What need not wait for an answer goes out together, and Postgres runs it in order. After a statement that fails, the rest fail too. */
export async function commitWhole(run: Run, batch: Batch): Promise<readonly Parked[]> {
  const { of, plan, schema } = batch;
  const { poison } = plan;
  const opened = openBatch(run, schema);
  // Where it fails, all that follows does.
  opened.catch(() => undefined);
  const statements = [...(await applied(run, batch)), ...statementsOf(batch)];
  await Promise.all([
    opened,
    ...statements.map(run),
    ...poison.map((each) => park(run, of, each)),
    moveOn(run, of, batch),
  ]);
  return poison;
}

/** Milliseconds that batches which commit together wait for a lock: alone, only one of them waits. */
const lockTogetherMs = 250;

/**
 * Commits batches of live tables together, those of which nothing comes but a place included. Where nothing has to be read, all of it goes out
 * in one write, the commit too. Nothing is parked: whatever fails, all of it rolls back.
 *
 * @param commit ends the transaction
 */
export async function commitTogether(run: Run, commit: () => void, batches: readonly Batch[]): Promise<void> {
  const opened = openBatch(run, liveSchema, lockTogetherMs);
  // Where it fails, all that follows does.
  opened.catch(() => undefined);
  const stateful = allOf(await Promise.allSettled(batches.map((batch) => applied(run, batch))));
  const statements = [...stateful.flat(), ...batches.flatMap(statementsOf)];
  const moves = batches.map(moveOf);
  const underWay = [opened, ...statements.map(run), moveAll(run, moves), tellMoved(run, moves)];
  commit();
  // What is still under way must not find the connection in other hands.
  allOf<unknown>(await Promise.allSettled(underWay));
}

/** What they came to. Throws what the first of those that failed did. */
function allOf<T>(ended: readonly PromiseSettledResult<T>[]): readonly T[] {
  return ended.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

function moveOf({ from, of, state, to }: Batch): Move {
  const { epoch, generation, name, owner } = of;
  return { epoch, generation, name, owner, state, from, to };
}

function statementsOf({ of, plan }: Batch): readonly Statement[] {
  const bulks = inBulk(plan.steps.flatMap((step) => step.statements));
  return bulks.map(({ rows, statement }) => of.names.named(statement, rows));
}

/** What a stateful read model has still to write. The order is part of the result, so nothing is parked. */
async function applied(run: Run, { of, plan: { poison, steps } }: Batch): Promise<readonly Statement[]> {
  const { memory, names, projection } = of;
  const [unfit] = poison;
  if (projection.apply === undefined || steps.length === 0) return [];
  if (unfit !== undefined) throw new Error(`${unfit.stream} at ${unfit.position}: ${unfit.reason}`);
  const events = steps.flatMap(({ applied: event }) => event ?? []);
  const statements = await projection.apply(events, (statement) => run(names.named(statement)), memory);
  return statements.map((statement) => names.named(statement));
}

/** A statement that fails takes only its event back, and the rest of its stream is passed over. */
export async function commitEach(run: Run, batch: Batch): Promise<readonly Parked[]> {
  const { of, plan, schema } = batch;
  await openBatch(run, schema);
  // What fails since the tables are not ours any more must not be taken for poison.
  await hold(run, of);
  const parked = new Map(plan.poison.map((each) => [each.stream, each]));
  for (const step of plan.steps) {
    const earlier = parked.get(step.event.stream);
    if (earlier !== undefined && earlier.position < step.event.position) continue;
    const reason = await runStep(run, step);
    if (reason !== undefined) parked.set(step.event.stream, { ...step.event, reason });
  }
  for (const each of parked.values()) await park(run, of, each);
  await moveOn(run, of, batch);
  return [...parked.values()];
}

/** @returns why the event cannot be applied; undefined when it was */
export async function runStep(run: Run, { statements }: Step): Promise<string | undefined> {
  await run(sql`savepoint event`);
  try {
    for (const statement of statements) await run(statement);
    await run(sql`release savepoint event`);
    return undefined;
  } catch (error) {
    if (error instanceof LeaseLost || !isPoison(error)) throw error;
    await run(sql`rollback to savepoint event`);
    return String((error as Error).message);
  }
}
