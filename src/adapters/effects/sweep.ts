import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import type { Enqueued } from './effect.ts';
import type { Enqueuer } from './enqueuer.ts';
import type { JobQueues } from './job-queue.ts';
import { type LeaseTimings, lead, type Term } from './lease.ts';

/** Delays up to this many milliseconds are kept by the queue; for longer ones the sweep comes in time. */
export const horizonMs = 60_000;
/** Effects enqueued in one round trip. */
const pageSize = 500;
/** Seconds after which a job that was queued and is not done is offered again: the queue may have lost it unnoticed. */
const doubtSeconds = 120;
/** Days an effect that is done stays on record. */
const keepDays = 30;

export interface SweepOptions {
  readonly owner: Database;
  readonly queues: Pick<JobQueues, 'memory'>;
  readonly enqueuer: Enqueuer;
  readonly telemetry: Telemetry;
  /** Milliseconds between two sweeps; 30,000 where absent. */
  readonly everyMs?: number | undefined;
  readonly lease?: Partial<LeaseTimings> | undefined;
}

/**
 * Enqueues what is on record and not done: what a process that died left behind, what waits for its retry, and everything at once
 * when the queues have lost their memory. One sweeper at a time over all processes.
 */
export function startSweep(options: SweepOptions): { stop(): Promise<void> } {
  const { lease, owner, telemetry } = options;
  return lead({
    owner,
    telemetry,
    name: 'effects-sweep',
    timings: lease,
    work: (term) => sweepOn(options, term).finally(() => telemetry.metrics.gauge('keyledger_effects_pending', 0)),
  });
}

async function sweepOn(options: SweepOptions, { signal }: Term): Promise<void> {
  const everyMs = options.everyMs ?? 30_000;
  let swept: string | undefined;
  let due = 0;
  while (!signal.aborted) {
    const name = await options.queues.memory();
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
