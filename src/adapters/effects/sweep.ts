import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import type { Enqueued } from './effect.ts';
import { type LeaseTimings, lead, type Term } from './lease.ts';
import { bounded, type Enqueuer, prefix } from './queues.ts';

/** Delays up to this many milliseconds are kept by the queue; for longer ones the sweep comes in time. */
export const horizonMs = 60_000;
/** Effects enqueued in one round trip. */
const pageSize = 500;
/** Seconds after which a job that was queued and is not done is offered again: Redis may have lost it unnoticed. */
const doubtSeconds = 120;
/** Days an effect that is done stays on record. */
const keepDays = 30;

export interface SweepOptions {
  readonly owner: Database;
  readonly client: Redis;
  readonly enqueuer: Enqueuer;
  readonly telemetry: Telemetry;
  /** Milliseconds between two sweeps; 30,000 where absent. */
  readonly everyMs?: number | undefined;
  readonly lease?: Partial<LeaseTimings> | undefined;
}

/**
 * Enqueues what is on record and not done: what a process that died left behind, what waits for its retry, and everything at once
 * when Redis has lost its memory. One sweeper at a time over all processes.
 */
export function startSweep(options: SweepOptions): { stop(): Promise<void> } {
  const { client, lease, owner, telemetry } = options;
  const memory = new RedisMemory(client);
  return lead({
    owner,
    telemetry,
    name: 'effects-sweep',
    timings: lease,
    work: (term) =>
      sweepOn(options, memory, term).finally(() => telemetry.metrics.gauge('keyledger_effects_pending', 0)),
  });
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

async function sweepOn(options: SweepOptions, memory: RedisMemory, { signal }: Term): Promise<void> {
  const everyMs = options.everyMs ?? 30_000;
  let swept: string | undefined;
  let due = 0;
  while (!signal.aborted) {
    const name = await memory.name();
    const forgot = name !== undefined && name !== swept;
    if (forgot || performance.now() >= due) {
      if (name !== undefined && (await sweep(options, name, signal))) swept = name;
      await tidy(options);
      due = performance.now() + everyMs;
    }
    await sleep(Math.min(1_000, everyMs), undefined, { signal }).catch(() => undefined);
  }
}

/** Whether everything open was offered to its queue. */
async function sweep({ enqueuer, owner }: SweepOptions, memory: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const rows = await owner.run(sql`
      select effect_key, queue, extract(epoch from not_before - clock_timestamp())::float8 * 1000 as "delayMs"
      from kernel.effects
      where status <> 'done' and not_before < clock_timestamp() + make_interval(secs => ${horizonMs / 1_000})
        and (enqueued_in is distinct from ${memory}
             or enqueued_at < clock_timestamp() - make_interval(secs => ${doubtSeconds}))
        and (claimed_until is null or claimed_until < clock_timestamp())
      order by not_before, effect_key limit ${pageSize}`);
    if (rows.length === 0) return true;
    const effects = rows.map(
      (row): Enqueued => ({
        key: row['effect_key'] as string,
        queue: row['queue'] as string,
        delayMs: Math.max(0, row['delayMs'] as number),
      }),
    );
    if (!(await enqueuer.enqueue(effects))) return false;
    await owner.run(sql`
      update kernel.effects set enqueued_in = ${memory}, enqueued_at = clock_timestamp()
      where effect_key = any(${effects.map(({ key }) => key)}) and status <> 'done'`);
    if (rows.length < pageSize) return true;
  }
  return false;
}

async function tidy({ owner, telemetry }: SweepOptions): Promise<void> {
  const [open] = await owner.run(sql`select count(*) as n from kernel.effects where status <> 'done'`);
  telemetry.metrics.gauge('keyledger_effects_pending', Number(open?.['n'] ?? 0));
  await owner.run(sql`
    delete from kernel.effects where effect_key in (
      select effect_key from kernel.effects
      where status = 'done' and done_at < now() - make_interval(days => ${keepDays}) limit 5000)`);
}
