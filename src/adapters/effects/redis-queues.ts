import { randomUUID } from 'node:crypto';
import { type JobsOptions, Queue, type Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { JobQueues, QueuedJob, QueueWork } from './job-queue.ts';
import { workQueue } from './process.ts';
import { bounded, connectRedis, prefix } from './queues.ts';
import { closeWorkers } from './stop.ts';

/** Tries of a job by its queue; the effect's row decides when it rests. */
const queueAttempts = 1_000_000;

/** The queues in Redis, by BullMQ. Redis may come and go. */
export function connectJobQueues(redisUrl: string, telemetry: Telemetry): JobQueues {
  const client = connectRedis(redisUrl, telemetry, { failFast: true });
  const connection = connectRedis(redisUrl, telemetry, { failFast: false });
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  const memory = new RedisMemory(client);
  return {
    add: async (name, jobs) => {
      if (client.status !== 'ready') return false;
      await bounded(queueOf(queues, name, client).addBulk(jobs.map(bulkJob)));
      return true;
    },
    memory: () => memory.name(),
    work: (work: QueueWork) => void workers.push(workQueue(work, { connection, telemetry })),
    endWork: () => closeWorkers(workers, connection),
    close: async () => {
      await Promise.allSettled([...queues.values()].map((queue) => bounded(queue.close(), 1_000)));
      client.disconnect();
    },
  };
}

function queueOf(queues: Map<string, Queue>, name: string, connection: Redis): Queue {
  const known = queues.get(name);
  if (known !== undefined) return known;
  const queue = new Queue(name, { connection, prefix, skipVersionCheck: true });
  queue.on('error', () => undefined);
  queues.set(name, queue);
  return queue;
}

function bulkJob({ delayMs, key }: QueuedJob): { name: string; data: object; opts: JobsOptions } {
  const opts = {
    jobId: key,
    attempts: queueAttempts,
    backoff: { type: 'custom' },
    // The effect's row remembers; a job that stayed behind would keep its id from being queued again.
    removeOnComplete: true,
    removeOnFail: true,
    ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
  };
  return { name: 'effect', data: {}, opts };
}

/** Notices that Redis forgot: a mark is gone, or the connection was, and with it perhaps the last writes. */
class RedisMemory {
  readonly #client: Redis;
  readonly #key = `${prefix}:memory`;
  #doubtful = false;

  constructor(client: Redis) {
    this.#client = client;
    client.on('close', () => {
      this.#doubtful = true;
    });
  }

  /** Names what Redis remembers since; undefined while it is away. */
  async name(): Promise<string | undefined> {
    if (this.#client.status !== 'ready') return undefined;
    try {
      if (this.#doubtful) {
        await bounded(this.#client.set(this.#key, randomUUID()));
        this.#doubtful = false;
      } else {
        await bounded(this.#client.set(this.#key, randomUUID(), 'NX'));
      }
      return (await bounded(this.#client.get(this.#key))) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
