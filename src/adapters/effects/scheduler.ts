import { validate } from 'node-cron';
import type { Clock } from '../../kernel/ports.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Schedule } from '../../kernel/worker.ts';
import type { Database } from '../postgres/database.ts';
import type { ExecuteAs } from './execute.ts';
import { follow } from './follow.ts';
import { type LeaseTimings, lead, untilAborted } from './lease.ts';
import { runSchedule, type ScheduleResult } from './schedule-run.ts';
import type { Running } from './timings.ts';

export interface SchedulerOptions {
  readonly owner: Database;
  readonly schedules: readonly Schedule[];
  readonly executeAs: ExecuteAs;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly lease?: Partial<LeaseTimings>;
}

export interface Scheduler extends Running {
  /**
   * Runs a schedule at once, whoever leads.
   *
   * @throws {TypeError} there is no such schedule
   * @throws {StoreUnavailable}
   */
  runNow(name: string): Promise<ScheduleResult>;
}

/**
 * Runs what happens by the clock. Any number of processes may; one leads, and a moment that nobody led at is made up for.
 *
 * @throws {TypeError} a schedule's cron expression is none
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const { clock, owner, schedules, telemetry } = options;
  for (const { cron, name } of schedules) {
    if (!validate(cron)) throw new TypeError(`The schedule ${name} has no valid cron expression: ${cron}`);
  }
  const leader = lead({
    owner,
    telemetry,
    name: 'scheduler',
    timings: options.lease,
    work: async ({ signal }) => {
      await Promise.all([untilAborted(signal), ...schedules.map((schedule) => follow(options, schedule, signal))]);
    },
  });
  return {
    stop: () => leader.stop(),
    runNow: async (name) => {
      const schedule = schedules.find((each) => each.name === name);
      if (schedule === undefined) throw new TypeError(`There is no schedule ${name}.`);
      return runSchedule(options, schedule, new Date(clock.now()).toISOString());
    },
  };
}
