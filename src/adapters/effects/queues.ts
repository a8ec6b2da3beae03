import { setTimeout as sleep } from 'node:timers/promises';
import { type JobsOptions, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Enqueued } from './effect.ts';

/** Before every key in Redis. */
export const prefix = 'keyledger';
/** Tries of a job by its queue; the effect's row decides when it rests. */
const queueAttempts = 1_000_000;
/** Milliseconds an answer of Redis is waited for. */
const answerMs = 5_000;

/** A connection that tries again for ever, and keeps what is asked meanwhile unless `failFast`. */
export function connectRedis(url: string, telemetry: Telemetry, options: { readonly failFast: boolean }): Redis {
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    enableOfflineQueue: !options.failFast,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 5), 2_000),
  });
  let away = false;
  client.on('error', (error: Error) => {
    if (!away) telemetry.log.warn({ error: error.message }, 'Redis cannot be reached; jobs wait on record');
    away = true;
  });
  client.on('ready', () => {
    away = false;
  });
  return client;
}

/** Resolves with what `work` does within `ms`, rejects after. */
export async function bounded<T>(work: Promise<T>, ms = answerMs): Promise<T> {
  const timer = new AbortController();
  work.catch(() => undefined);
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Redis gave no answer within ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

/** Puts effects into their queues. */
export class Enqueuer {
  readonly #client: Redis;
  readonly #telemetry: Telemetry;
  readonly #queues = new Map<string, Queue>();

  constructor(client: Redis, telemetry: Telemetry) {
    this.#client = client;
    this.#telemetry = telemetry;
  }

  /**
   * Adds a job for each effect; one that is queued already stays as it is.
   *
   * @returns false where Redis is away: what is on record is enqueued by the sweep
   */
  async enqueue(effects: readonly Enqueued[]): Promise<boolean> {
    if (this.#client.status !== 'ready') return false;
    try {
      for (const queue of new Set(effects.map((effect) => effect.queue))) {
        const members = effects.filter((effect) => effect.queue === queue);
        const jobs = members.map(({ delayMs, key }) => ({ name: 'effect', data: {}, opts: jobOptions(key, delayMs) }));
        await bounded(this.#queue(queue).addBulk(jobs));
      }
      return true;
    } catch (error) {
      this.#telemetry.log.warn({ error: String(error) }, 'effects could not be queued; they wait on record');
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => bounded(queue.close(), 1_000)));
    this.#client.disconnect();
  }

  #queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: this.#client, prefix, skipVersionCheck: true });
    queue.on('error', () => undefined);
    this.#queues.set(name, queue);
    return queue;
  }
}

function jobOptions(key: string, delayMs: number): JobsOptions {
  return {
    jobId: key,
    attempts: queueAttempts,
    backoff: { type: 'custom' },
    // The effect's row remembers; a job that stayed behind would keep its id from being queued again.
    removeOnComplete: true,
    removeOnFail: true,
    ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
  };
}
