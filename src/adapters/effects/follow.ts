import { setTimeout as sleep } from 'node:timers/promises';
import { createTask, type ScheduledTask } from 'node-cron';
import type { Clock } from '../../kernel/ports.ts';
import { sql } from '../../kernel/sql.ts';
import type { Schedule } from '../../kernel/worker.ts';
import { missedMoment } from './missed.ts';
import { type RunOptions, runSchedule } from './schedule-run.ts';

/** Milliseconds after which a schedule looks at the clock even if no tick has woken it. */
const pollMs = 5_000;
const longestRetryMs = 300_000;

export interface FollowOptions extends RunOptions {
  readonly clock: Clock;
}

/** A cron task in UTC that does nothing but tick. @throws where the expression is none */
export function ticking(schedule: Schedule, tick: () => void): ScheduledTask {
  return createTask(schedule.cron, tick, {
    timezone: 'UTC',
    noOverlap: true,
    suppressMissedWarning: true,
    unref: true,
  });
}

/**
 * Runs a schedule at its moments for as long as the leader's term lasts. A run without every answer is repeated, under the same
 * moment and so with the same keys, until the next moment takes its place.
 */
export async function follow(options: FollowOptions, schedule: Schedule, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  const stepMs = schedule.cron.trim().split(/\s+/).length === 6 ? 1_000 : 60_000;
  const wake = new Wake();
  const task = ticking(schedule, () => wake.raise());
  let seenMs = await lastRun(options, schedule);
  let failures = 0;
  try {
    await task.start();
    while (!signal.aborted) {
      const nowMs = clock.now();
      const moment = missedMoment((date) => task.match(date), { seenMs, nowMs, stepMs });
      if (moment === undefined) {
        seenMs = Math.max(seenMs, nowMs - (nowMs % stepMs));
        await wake.within(pollMs, signal);
      } else if (await runAt(options, schedule, moment)) {
        seenMs = moment;
        failures = 0;
      } else {
        await sleep(Math.min(longestRetryMs, 1_000 * 2 ** failures++), undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    await task.destroy();
  }
}

/** Whether everything due at the moment was answered. */
async function runAt(options: FollowOptions, schedule: Schedule, moment: number): Promise<boolean> {
  const at = new Date(moment);
  try {
    const { unanswered } = await runSchedule(options, schedule, at.toISOString());
    if (unanswered > 0) return false;
  } catch (error) {
    const facts = { schedule: schedule.name, now: at.toISOString(), error: String(error) };
    options.telemetry.log.error(facts, 'a schedule could not run and is tried again');
    return false;
  }
  await options.owner.run(sql`
    update kernel.schedule_runs set last_at = greatest(last_at, ${at}) where name = ${schedule.name}`);
  return true;
}

/** Milliseconds of the last complete run; a schedule that is new has nothing to make up for. */
async function lastRun({ clock, owner }: FollowOptions, { name }: Schedule): Promise<number> {
  const [row] = await owner.run(sql`
    insert into kernel.schedule_runs (name, last_at) values (${name}, ${new Date(clock.now())})
    on conflict (name) do update set name = excluded.name
    returning last_at`);
  return (row as { readonly last_at: Date }).last_at.getTime();
}

/** A flag one waits for; raised while nobody waits, it is not lost. */
class Wake {
  #raised = false;
  #release: (() => void) | undefined;

  raise(): void {
    this.#raised = true;
    this.#release?.();
  }

  async within(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#raised) {
      const raised = new AbortController();
      this.#release = () => raised.abort();
      await sleep(ms, undefined, { signal: AbortSignal.any([signal, raised.signal]) }).catch(() => undefined);
      this.#release = undefined;
    }
    this.#raised = false;
  }
}
