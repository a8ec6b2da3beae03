import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database, Run } from '../postgres/database.ts';

/** Milliseconds; a new leader stands within `expiryMs` and one `pollMs` after the old one fell silent. */
export interface LeaseTimings {
  readonly expiryMs: number;
  readonly heartbeatMs: number;
  readonly pollMs: number;
}

export const leaseTimings: LeaseTimings = { expiryMs: 3_000, heartbeatMs: 1_000, pollMs: 1_000 };

/** One leader's time in office. */
export interface Term {
  readonly epoch: bigint;
  /** Aborts when office is lost or given up. */
  readonly signal: AbortSignal;
  /**
   * Within a transaction: locks the lease until commit, so that nobody takes over in between.
   *
   * @throws {OfficeLost} somebody else leads
   */
  fence(run: Run): Promise<void>;
}

/** Somebody else leads: whatever was being written is rolled back. */
export class OfficeLost extends Error {
  override readonly name = 'OfficeLost';
}

export interface LeadOptions {
  readonly owner: Database;
  /** Of the office; one holder at a time over all processes. */
  readonly name: string;
  readonly telemetry: Telemetry;
  readonly timings?: Partial<LeaseTimings> | undefined;
  /** What the leader does until its term's signal aborts. Throwing ends the term; another is sought. */
  readonly work: (term: Term) => Promise<void>;
}

/**
 * Seeks an office, works while in it, and seeks it again when it is lost. Leases expire by the database's clock.
 *
 * @returns `stop` ends the work and gives the office up at once
 */
export function lead(options: LeadOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = seek(options, stopping.signal);
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

async function seek(options: LeadOptions, stopping: AbortSignal): Promise<void> {
  const { name, owner, telemetry } = options;
  const timings = { ...leaseTimings, ...options.timings };
  const holder = randomUUID();
  while (!stopping.aborted) {
    try {
      const epoch = await acquire(owner, { name, holder, expiryMs: timings.expiryMs });
      if (epoch !== undefined) await serve(options, { epoch, timings, stopping });
    } catch (error) {
      const facts = { office: name, error: String(error) };
      if (error instanceof OfficeLost) telemetry.log.info(facts, 'another process leads now');
      else telemetry.log.warn(facts, 'the leader stopped and begins again');
    }
    await sleep(timings.pollMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function acquire(
  owner: Database,
  { name, holder, expiryMs }: { readonly name: string; readonly holder: string; readonly expiryMs: number },
): Promise<bigint | undefined> {
  const until = sql`clock_timestamp() + make_interval(secs => ${expiryMs / 1_000})`;
  const rows = await owner.run(sql`
    insert into kernel.leases as l (name, holder, epoch, until) values (${name}, ${holder}, 1, ${until})
    on conflict (name) do update set holder = excluded.holder, epoch = l.epoch + 1, until = excluded.until
    where l.until < clock_timestamp()
    returning epoch`);
  return rows[0]?.['epoch'] as bigint | undefined;
}

interface Served {
  readonly epoch: bigint;
  readonly timings: LeaseTimings;
  readonly stopping: AbortSignal;
}

async function serve(options: LeadOptions, { epoch, timings, stopping }: Served): Promise<void> {
  const { name, owner, telemetry, work } = options;
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  const beating = keep(options, { epoch, timings, stopping: signal }).finally(() => lost.abort());
  telemetry.log.info({ office: name, epoch: String(epoch) }, 'this process leads');
  try {
    await work({ epoch, signal, fence: (run) => fence(run, name, epoch) });
  } finally {
    lost.abort();
    await beating;
    await owner
      .run(sql`update kernel.leases set until = '-infinity' where name = ${name} and epoch = ${epoch}`)
      .catch(() => undefined);
  }
}

/** Renews the lease until the term ends; returns when it could not be renewed in time. */
async function keep({ name, owner }: LeadOptions, { epoch, timings, stopping }: Served): Promise<void> {
  let renewed = performance.now();
  while (!stopping.aborted && performance.now() - renewed < timings.expiryMs) {
    await sleep(timings.heartbeatMs, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) return;
    const asked = performance.now();
    const still = await renew(owner, { name, epoch, expiryMs: timings.expiryMs });
    if (still === false) return;
    if (still) renewed = asked;
  }
}

/** Whether the office is still held; undefined where the database did not say. */
async function renew(
  owner: Database,
  { name, epoch, expiryMs }: { readonly name: string; readonly epoch: bigint; readonly expiryMs: number },
): Promise<boolean | undefined> {
  try {
    const rows = await owner.run(sql`
      update kernel.leases set until = clock_timestamp() + make_interval(secs => ${expiryMs / 1_000})
      where name = ${name} and epoch = ${epoch} returning name`);
    return rows.length === 1;
  } catch {
    return undefined;
  }
}

async function fence(run: Run, name: string, epoch: bigint): Promise<void> {
  const rows = await run(sql`select 1 from kernel.leases where name = ${name} and epoch = ${epoch} for update`);
  if (rows.length !== 1) throw new OfficeLost(`${name}: another process leads`);
}

/** Resolves when the signal aborts. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
