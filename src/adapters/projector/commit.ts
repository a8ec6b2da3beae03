import type { Projection } from '../../kernel/projection.ts';
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
  readonly of: Held & { readonly projection: Projection; readonly names: Names };
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
  if (of.projection.apply !== undefined) {
    await Promise.all([opened, applyWhole(run, batch)]);
    await moveOn(run, of, batch);
    return [];
  }
  const statements = statementsOf(batch);
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
 * Commits batches of live tables together, those of which nothing comes but a place included. What need not wait for an answer goes out in one
 * write, the commit too. Nothing is parked: whatever fails, all of it rolls back.
 *
 * @param commit ends the transaction
 */
export async function commitTogether(run: Run, commit: () => void, batches: readonly Batch[]): Promise<void> {
  const opened = openBatch(run, liveSchema, lockTogetherMs);
  // First, since it has to wait for rows: meanwhile the rest is under way.
  const stateful = batches.map((batch) => applyWhole(run, batch));
  const statements = batches.flatMap(statementsOf);
  // What is still under way must not find the connection in other hands.
  throwFirst(await Promise.allSettled([opened, ...stateful, ...statements.map(run)]));
  const moves = batches.map(moveOf);
  const last = [moveAll(run, moves), tellMoved(run, moves)];
  commit();
  throwFirst(await Promise.allSettled(last));
}

function throwFirst(ended: readonly PromiseSettledResult<unknown>[]): void {
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

function moveOf({ from, of, state, to }: Batch): Move {
  const { epoch, generation, name, owner } = of;
  return { epoch, generation, name, owner, state, from, to };
}

function statementsOf({ of, plan }: Batch): readonly Statement[] {
  const bulks = inBulk(plan.steps.flatMap((step) => step.statements));
  return bulks.map(({ rows, statement }) => of.names.named(statement, rows));
}

/** The order is part of the result, so nothing is parked. */
async function applyWhole(run: Run, { of, plan: { poison, steps } }: Batch): Promise<void> {
  const { names, projection } = of;
  const [unfit] = poison;
  if (projection.apply === undefined || steps.length === 0) return;
  if (unfit !== undefined) throw new Error(`${unfit.stream} at ${unfit.position}: ${unfit.reason}`);
  await projection.apply(
    steps.flatMap(({ applied }) => applied ?? []),
    (statement) => run(names.named(statement)),
  );
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
