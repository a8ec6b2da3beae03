import type { AnyCommand } from '../../kernel/command.ts';
import type { Ports } from '../../kernel/ports.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Worker, WorkerContext } from '../../kernel/worker.ts';
import type { Database } from '../postgres/database.ts';
import { attempt } from './attempt.ts';
import { assertQueue, type ClaimedEffect } from './effect.ts';
import { Enqueuer } from './enqueuer.ts';
import { ask, type ExecuteAs, infoOf } from './execute.ts';
import type { JobQueues, Progress } from './job-queue.ts';
import { connectJobQueues } from './redis-queues.ts';
import { startSweep } from './sweep.ts';
import { defaultTimings, type Running, type Timings } from './timings.ts';

export interface WorkersOptions {
  readonly owner: Database;
  readonly workers: readonly Worker[];
  readonly executeAs: ExecuteAs;
  readonly ports: Ports;
  readonly telemetry: Telemetry;
  readonly timings?: Partial<Timings>;
}

/**
 * Works the queues of all workers, in Redis. It may come and go; what is on record is done once it is back.
 *
 * @throws {TypeError} a worker's queue has a name that cannot be
 */
export function startWorkers(options: WorkersOptions & { readonly redisUrl: string }): Running {
  for (const { queue } of options.workers) assertQueue(queue);
  return runWorkers(options, connectJobQueues(options.redisUrl, options.telemetry));
}

/** As `startWorkers`, over queues that are closed with it. */
export function runWorkers(options: WorkersOptions, queues: JobQueues): Running {
  const { owner, telemetry } = options;
  const { claimMs, lease, sweepMs } = { ...defaultTimings, ...options.timings };
  const enqueuer = new Enqueuer(queues, telemetry);
  for (const { attempts, concurrency, process, queue } of options.workers) {
    const handle = (effect: ClaimedEffect, progress: Progress): Promise<void> =>
      process(effect.data, contextOf(options, effect, progress));
    const effects = { queue, attempts, owner, telemetry, claimMs, handle };
    queues.work({ queue, concurrency, claimMs, attempt: (key, progress) => attempt(effects, key, progress) });
  }
  const sweep = startSweep({ owner, queues, enqueuer, telemetry, everyMs: sweepMs, lease });
  return {
    stop: async () => {
      await Promise.all([sweep.stop(), queues.endWork()]);
      await queues.close();
    },
  };
}

function contextOf({ executeAs, ports }: WorkersOptions, effect: ClaimedEffect, progress: Progress): WorkerContext {
  const { key, queue, tenant } = effect;
  return {
    effectKey: key,
    tenant,
    ports,
    execute: (command, input, step) =>
      ask(executeAs, { command: command as AnyCommand, input, tenant, part: queue, info: infoOf(effect, step) }),
    progress,
  };
}
