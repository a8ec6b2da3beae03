import type { Row } from '../../kernel/query.ts';
import { rawSql, sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { CommandRefused, type Schedule } from '../../kernel/worker.ts';
import type { Database } from '../postgres/database.ts';
import { ask, type ExecuteAs, infoFor } from './execute.ts';

/** Rows one run takes at most; the rest is due again at the next. */
const maxRows = 10_000;
/** Commands under way at once. */
const concurrency = 8;

/** What one run of a schedule came to. */
export interface ScheduleResult {
  readonly due: number;
  readonly done: number;
  /** Commands that were refused: facts, not failures. */
  readonly refused: number;
  /** Commands without an answer that stands; the run is repeated. */
  readonly unanswered: number;
}

export interface RunOptions {
  readonly owner: Database;
  readonly executeAs: ExecuteAs;
  readonly telemetry: Telemetry;
  /** Once it aborts, what is not under way yet stays unanswered. */
  readonly signal?: AbortSignal;
}

/**
 * Asks what is due at `now` and has it done. The same row due at the same occurrence is one command, however often it is asked.
 *
 * @param now ISO 8601, UTC
 * @throws {StoreUnavailable}
 */
export async function runSchedule(options: RunOptions, schedule: Schedule, now: string): Promise<ScheduleResult> {
  const rows = await dueRows(options.owner, schedule, now);
  const facts = { schedule: schedule.name, now, due: rows.length };
  if (rows.length === maxRows) options.telemetry.log.warn(facts, 'more is due than one run takes');
  const result = { due: rows.length, done: 0, refused: 0, unanswered: 0 };
  const waiting = rows.values();
  const lane = async (): Promise<void> => {
    for (const row of waiting) {
      result[options.signal?.aborted ? 'unanswered' : await outcomeOf(options, schedule, { row, now })]++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  if (rows.length > 0) options.telemetry.log.info({ ...facts, ...result }, 'a schedule ran');
  return result;
}

async function dueRows(owner: Database, { due }: Schedule, now: string): Promise<readonly Row[]> {
  return owner.transaction(async (run) => {
    await run(rawSql('set transaction read only'));
    await run(rawSql('set local search_path = read_models'));
    return run(sql`select * from (${due(now)}) as due limit ${maxRows}`);
  });
}

async function outcomeOf(
  { executeAs, telemetry }: RunOptions,
  schedule: Schedule,
  { now, row }: { readonly row: Row; readonly now: string },
): Promise<'done' | 'refused' | 'unanswered'> {
  const { command, name } = schedule;
  const tenant = row['tenant_id'];
  try {
    if (typeof tenant !== 'string') throw new TypeError(`the rows of ${name} carry no tenant_id`);
    const info = infoFor(`${name}.${schedule.occurrence(row, now)}`);
    await ask(executeAs, { command, input: schedule.input(row, now), tenant, part: name, info });
    return count('done');
  } catch (error) {
    if (error instanceof CommandRefused) return count('refused');
    telemetry.log.warn({ schedule: name, tenant, error: String(error) }, 'a scheduled command is asked again');
    return count('unanswered');
  }

  function count<T extends string>(outcome: T): T {
    telemetry.metrics.count('keyledger_effects_total', { queue: name, outcome });
    return outcome;
  }
}
