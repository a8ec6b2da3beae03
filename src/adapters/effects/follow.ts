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
/** Milliseconds after which it is noted that no moment was missed, so that the next leader need not look far back. */
const noteMs = 600_000;

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
  let seenMs = await seenUntil(options, schedule);
  let notedMs = seenMs;
  let failures = 0;
  try {
    await task.start();
    while (!signal.aborted) {
      const nowMs = clock.now();
      const moment = missedMoment((date) => task.match(date), { seenMs, nowMs, stepMs });
      if (moment === undefined) {
        seenMs = Math.max(seenMs, nowMs - (nowMs % stepMs));
        if (seenMs - notedMs >= noteMs) {
          await note(options, schedule, seenMs);
          notedMs = seenMs;
        }
        await wake.within(pollMs, signal);
      } else if (await runAt({ ...options, signal }, schedule, moment)) {
        await note(options, schedule, moment, moment);
        seenMs = moment;
        notedMs = moment;
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
    return unanswered === 0;
  } catch (error) {
    const facts = { schedule: schedule.name, now: at.toISOString(), error: String(error) };
    options.telemetry.log.error(facts, 'a schedule could not run and is tried again');
    return false;
  }
}

async function note({ owner }: FollowOptions, { name }: Schedule, seenMs: number, ranMs?: number): Promise<void> {
  await owner.run(sql`
    update kernel.schedule_runs
    set seen_until = greatest(seen_until, ${new Date(seenMs)}),
        last_run_at = coalesce(${ranMs === undefined ? null : new Date(ranMs)}, last_run_at)
    where name = ${name}`);
}

/** Up to when no moment was missed, in milliseconds; a schedule that is new has nothing to make up for. */
async function seenUntil({ clock, owner }: FollowOptions, { name }: Schedule): Promise<number> {
  const [row] = await owner.run(sql`
    insert into kernel.schedule_runs (name, seen_until) values (${name}, ${new Date(clock.now())})
    on conflict (name) do update set name = excluded.name
    returning seen_until`);
  return (row as { readonly seen_until: Date }).seen_until.getTime();
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
