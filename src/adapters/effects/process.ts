import { randomUUID } from 'node:crypto';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import { CommandRefused } from '../../kernel/worker.ts';
import type { Database } from '../postgres/database.ts';
import type { ClaimedEffect } from './effect.ts';
import { prefix } from './queues.ts';
import { retryAfter } from './retry.ts';
import { claim, markDone, markFailed, renewClaim } from './rows.ts';

/** How one queue's effects are done. */
export interface QueueOptions {
  readonly queue: string;
  readonly attempts: number;
  readonly concurrency: number;
  readonly connection: Redis;
  readonly owner: Database;
  readonly telemetry: Telemetry;
  /** Milliseconds after which the effect of a process that died is taken over. */
  readonly claimMs: number;
  readonly handle: (effect: ClaimedEffect, job: Job) => Promise<void>;
}

/** Tells the queue when to try again. */
class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly delayMs: number;

  constructor(cause: unknown, delayMs: number) {
    super(messageOf(cause), { cause });
    this.delayMs = delayMs;
  }
}

/** Milliseconds before another try while the database is away; such a try is not counted. */
const databaseAwayMs = 1_000;

/**
 * Works one queue. The effect's row, not the job, says whether there is something to do: a job that was queued twice, or again after
 * Redis lost its memory, finds the row taken or done.
 */
export function workQueue(options: QueueOptions): Worker {
  const { claimMs, concurrency, connection, queue, telemetry } = options;
  const worker = new Worker(queue, (job, token) => attempt(options, job, token), {
    connection,
    prefix,
    concurrency,
    lockDuration: claimMs,
    stalledInterval: claimMs / 2,
    maxStalledCount: 1_000_000,
    runRetryDelay: 1_000,
    skipVersionCheck: true,
    settings: {
      backoffStrategy: (_attempts, _type, error) => (error instanceof TryAgain ? error.delayMs : databaseAwayMs),
    },
  });
  worker.on('error', (error) => telemetry.log.debug({ queue, error: error.message }, 'the queue reports an error'));
  return worker;
}

async function attempt(options: QueueOptions, job: Job, token: string | undefined): Promise<void> {
  const { claimMs, owner, queue, telemetry } = options;
  const by = randomUUID();
  const taken = await claim(owner.run, job.id ?? '', by, claimMs);
  if (taken.kind === 'over') return;
  if (taken.kind === 'busy') {
    await job.moveToDelayed(Date.now() + taken.forMs, token);
    throw new DelayedError();
  }
  const { effect } = taken;
  const started = performance.now();
  const beat = setInterval(() => {
    renewClaim(owner.run, effect.key, by, claimMs).catch(() => undefined);
  }, claimMs / 4);
  try {
    const refusal = await refusalOf(options.handle(effect, job));
    await untilSaid(() => markDone(owner.run, effect.key, refusal));
    telemetry.metrics.count('keyledger_effects_total', { queue, outcome: refusal === undefined ? 'done' : 'refused' });
  } catch (error) {
    await failed(options, effect, { by, error });
  } finally {
    clearInterval(beat);
    telemetry.metrics.observe('keyledger_jobs_seconds', (performance.now() - started) / 1_000, { queue });
  }
}

/** A refusal is a fact: to ask again would bring the same answer. */
async function refusalOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof CommandRefused) return error.message;
    throw error;
  }
}

async function failed(
  { attempts, owner, queue, telemetry }: QueueOptions,
  effect: ClaimedEffect,
  { by, error }: { readonly by: string; readonly error: unknown },
): Promise<never> {
  const retry = retryAfter(effect.attempt, attempts, Math.random());
  const failure = { by, error: messageOf(error), ...retry };
  await untilSaid(() => markFailed(owner.run, effect.key, failure));
  const facts = { queue, effect: effect.key, tenant: effect.tenant, attempt: effect.attempt, error: failure.error };
  telemetry.metrics.count('keyledger_effects_total', {
    queue,
    outcome: retry.status === 'failed' ? 'failed' : 'retried',
  });
  if (retry.status === 'pending') {
    telemetry.log.warn(facts, 'an effect failed and is tried again');
    throw new TryAgain(error, retry.delayMs);
  }
  telemetry.log.error(facts, 'an effect failed; it is tried again, ever more slowly, until it succeeds');
  throw new UnrecoverableError(failure.error);
}

/** What became of an effect must reach its row: a database that is away is asked again, a few times. */
async function untilSaid(say: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await say();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || tries === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, databaseAwayMs));
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
