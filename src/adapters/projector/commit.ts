import type { Projection } from '../../kernel/projection.ts';
import { sql } from '../../kernel/sql.ts';
import type { Run } from '../postgres/database.ts';
import { inBulk } from './bulk.ts';
import { hold, moveOn, openBatch } from './checkpoints.ts';
import { isPoison } from './failures.ts';
import { type Held, LeaseLost } from './leases.ts';
import { named } from './named.ts';
import { type Parked, park } from './parked.ts';
import type { Plan, Step } from './plan.ts';

/** A plan, and what its transaction writes besides. */
export interface Batch {
  readonly plan: Plan;
  readonly of: Held & { readonly projection: Projection };
  readonly schema: string;
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
    await Promise.all([opened, applyWhole(run, plan, of.projection.apply)]);
    await moveOn(run, of, batch);
    return [];
  }
  const statements = named(of, inBulk(plan.steps.flatMap((step) => step.statements)));
  await Promise.all([
    opened,
    ...statements.map(run),
    ...poison.map((each) => park(run, of, each)),
    moveOn(run, of, batch),
  ]);
  return poison;
}

/** The order is part of the result, so nothing is parked. */
async function applyWhole(
  run: Run,
  { poison: [unfit], steps }: Plan,
  apply: NonNullable<Projection['apply']>,
): Promise<void> {
  if (unfit !== undefined) throw new Error(`${unfit.stream} at ${unfit.position}: ${unfit.reason}`);
  await apply(
    steps.flatMap(({ applied }) => applied ?? []),
    run,
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
