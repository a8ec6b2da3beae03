import type { Job } from 'bullmq';
import type { AnyCommand } from '../../kernel/command.ts';
import type { Ports } from '../../kernel/ports.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Worker, WorkerContext } from '../../kernel/worker.ts';
import type { Database } from '../postgres/database.ts';
import { assertQueue, type ClaimedEffect } from './effect.ts';
import { ask, type ExecuteAs, infoOf } from './execute.ts';
import { workQueue } from './process.ts';
import { bounded, connectRedis, Enqueuer } from './queues.ts';
import { closeWorkers } from './stop.ts';
import { startSweep } from './sweep.ts';
import { defaultTimings, type Running, type Timings } from './timings.ts';

export interface WorkersOptions {
  readonly redisUrl: string;
  readonly owner: Database;
  readonly workers: readonly Worker[];
  readonly executeAs: ExecuteAs;
  readonly ports: Ports;
  readonly telemetry: Telemetry;
  readonly timings?: Partial<Timings>;
}

/** Milliseconds telling of progress may take: a job does not wait for Redis to hear of it. */
const progressMs = 1_000;

/**
 * Works the queues of all workers. Redis may come and go; what is on record is done once it is back.
 *
 * @throws {TypeError} a worker's queue has a name that cannot be
 */
export function startWorkers(options: WorkersOptions): Running {
  const { owner, redisUrl, telemetry } = options;
  for (const { queue } of options.workers) assertQueue(queue);
  const { claimMs, lease, sweepMs } = { ...defaultTimings, ...options.timings };
  const client = connectRedis(redisUrl, telemetry, { failFast: true });
  const connection = connectRedis(redisUrl, telemetry, { failFast: false });
  const enqueuer = new Enqueuer(client, telemetry);
  const workers = options.workers.map(({ attempts, concurrency, process, queue }) =>
    workQueue({
      queue,
      attempts,
      concurrency,
      connection,
      owner,
      telemetry,
      claimMs,
      handle: (effect, job) => process(effect.data, contextOf(options, effect, job)),
    }),
  );
  const sweep = startSweep({ owner, client, enqueuer, telemetry, everyMs: sweepMs, lease });
  return {
    stop: async () => {
      await Promise.all([sweep.stop(), closeWorkers(workers, connection)]);
      await enqueuer.close();
    },
  };
}

function contextOf({ executeAs, ports }: WorkersOptions, effect: ClaimedEffect, job: Job): WorkerContext {
  const { key, queue, tenant } = effect;
  return {
    effectKey: key,
    tenant,
    ports,
    execute: (command, input, step) =>
      ask(executeAs, { command: command as AnyCommand, input, tenant, part: queue, info: infoOf(effect, step) }),
    progress: (done, total) => bounded(job.updateProgress({ done, total }), progressMs).catch(() => undefined),
  };
}
