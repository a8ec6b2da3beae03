import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Telemetry } from '../../kernel/telemetry.ts';

/** Before every key in Redis. */
export const prefix = 'keyledger';
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
