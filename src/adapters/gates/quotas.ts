import { Redis } from 'ioredis';
import type { Clock, QuotaAnswer } from '../../kernel/ports.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import { commitScript, compareScript, keyParts, releaseScript, reserveScript } from './quota-scripts.ts';

/** Units a tenant has used of a meter in a month (`2026-01`, UTC), by the log. @throws {StoreUnavailable} */
export type UsageReader = (tenant: string, meter: string, month: string) => Promise<number>;

export interface QuotaOptions {
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly usage: UsageReader;
  /** Milliseconds a reservation lasts that is neither committed nor released; 60,000 where absent. */
  readonly holdMs?: number;
}

/** Milliseconds between two comparisons of what Redis counts with what the log says. */
const compareEveryMs = 60_000;
const answerMs = 1_000;

interface Scripted {
  quotaReserve(...args: readonly (string | number)[]): Promise<[number, number]>;
  quotaCommit(...args: readonly (string | number)[]): Promise<number>;
  quotaRelease(...args: readonly (string | number)[]): Promise<number>;
  quotaCompare(...args: readonly (string | number)[]): Promise<number>;
}

/** Units of meters, reserved and committed in Redis; the log's own count mends what Redis forgets. */
export class Quotas {
  readonly #redis: Redis;
  readonly #scripts: Scripted;
  readonly #options: QuotaOptions;
  readonly #comparing = new Map<string, Promise<void>>();

  constructor(options: QuotaOptions) {
    this.#options = options;
    this.#redis = new Redis(options.redisUrl, {
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      commandTimeout: answerMs,
      connectTimeout: answerMs,
      retryStrategy: (times) => Math.min(times * 100, 1_000),
    });
    // A connection that breaks is made anew; without a listener it would be written to the console.
    this.#redis.on('error', () => undefined);
    const commands = { quotaReserve: reserveScript, quotaCommit: commitScript, quotaRelease: releaseScript };
    for (const [name, lua] of Object.entries({ ...commands, quotaCompare: compareScript })) {
      this.#redis.defineCommand(name, { numberOfKeys: keyParts.length, lua });
    }
    this.#scripts = this.#redis as unknown as Scripted;
  }

  /** Takes units of the current month, unless that would exceed the limit. The same id again is the same reservation. */
  async reserve(tenant: string, meter: string, ask: { id: string; cost: number; limit: number }): Promise<QuotaAnswer> {
    const now = new Date(this.#options.clock.now());
    const month = now.toISOString().slice(0, 7);
    const keys = keysOf(tenant, meter, month);
    const attempt = (trusting: 0 | 1): Promise<[number, number]> => {
      const { cost, id, limit } = ask;
      const args = [id, month, cost, limit, this.#options.holdMs ?? 60_000, trusting];
      return answered(this.#scripts.quotaReserve(...keys, ...args));
    };
    let [outcome, used] = await attempt(0);
    if (outcome < 0) {
      const compared = await this.#compare(tenant, meter, month).then(
        () => undefined,
        (error: unknown) => error,
      );
      [outcome, used] = await attempt(1);
      if (outcome < 0) throw compared ?? new StoreUnavailable('the quota could not be told');
    }
    const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    return {
      allowed: outcome === 1,
      limit: ask.limit,
      used,
      resetSeconds: Math.ceil((nextMonth - now.getTime()) / 1_000),
    };
  }

  async commit(tenant: string, meter: string, id: string): Promise<void> {
    const month = new Date(this.#options.clock.now()).toISOString().slice(0, 7);
    const keys = keysOf(tenant, meter, month);
    // A random id (UUIDv4) is never asked for again; one made of an idempotency key is.
    const again = /^[\da-f-]{14}4/.test(id) ? 0 : 1;
    await answered(this.#scripts.quotaCommit(...keys, id, again, `${prefixOf(tenant, meter)}:used:`));
  }

  async release(tenant: string, meter: string, id: string): Promise<void> {
    const month = new Date(this.#options.clock.now()).toISOString().slice(0, 7);
    await answered(this.#scripts.quotaRelease(...keysOf(tenant, meter, month), id));
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  /** Those who ask at the same time share one comparison. */
  #compare(tenant: string, meter: string, month: string): Promise<void> {
    const keys = keysOf(tenant, meter, month);
    const name = keys.join();
    const running = this.#comparing.get(name);
    if (running !== undefined) return running;
    const made = this.#options
      .usage(tenant, meter, month)
      .then((units) => answered(this.#scripts.quotaCompare(...keys, month, units, compareEveryMs)))
      .then(() => undefined)
      .finally(() => this.#comparing.delete(name));
    this.#comparing.set(name, made);
    return made;
  }
}

function prefixOf(tenant: string, meter: string): string {
  return `keyledger:quota:{${tenant}:${meter}}`;
}

function keysOf(tenant: string, meter: string, month: string): readonly string[] {
  const monthly = new Set<string>(['used', 'told']);
  return keyParts.map((part) => `${prefixOf(tenant, meter)}:${part}${monthly.has(part) ? `:${month}` : ''}`);
}

/** An error Redis answered with is a bug here; any other says that Redis is away. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const { message, name } = error as Error;
    if (name === 'ReplyError' && !/^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN)/.test(message)) throw error;
    throw new StoreUnavailable('Redis, which counts quotas, cannot be reached', { cause: error });
  }
}
