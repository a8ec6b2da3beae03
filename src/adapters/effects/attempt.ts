import { randomUUID } from 'node:crypto';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import { CommandRefused } from '../../kernel/worker.ts';
import type { Database } from '../postgres/database.ts';
import type { ClaimedEffect } from './effect.ts';
import type { Attempted, Progress } from './job-queue.ts';
import { retryAfter } from './retry.ts';
import { claim, markDone, markFailed, renewClaim } from './rows.ts';

/** How one queue's effects are done. */
export interface AttemptOptions {
  readonly queue: string;
  readonly attempts: number;
  readonly owner: Database;
  readonly telemetry: Telemetry;
  /** Milliseconds after which the effect of a process that died is taken over. */
  readonly claimMs: number;
  readonly handle: (effect: ClaimedEffect, progress: Progress) => Promise<void>;
}

/** Milliseconds before the database is asked again for what it must hear. */
const databaseAwayMs = 1_000;

/**
 * One try of an effect. Its row, not the job, says whether there is something to do: a job that was queued twice, or again after the
 * queue lost its memory, finds the row taken or done.
 *
 * @throws {StoreUnavailable} the database cannot be reached; nothing was tried, or it is not known to have been
 */
export async function attempt(options: AttemptOptions, key: string, progress: Progress): Promise<Attempted> {
  const { claimMs, owner, queue, telemetry } = options;
  const by = randomUUID();
  const taken = await claim(owner.run, key, by, claimMs);
  if (taken.kind !== 'claimed') return taken;
  const { effect } = taken;
  const started = performance.now();
  const beat = setInterval(() => {
    renewClaim(owner.run, effect.key, by, claimMs).catch(() => undefined);
  }, claimMs / 4);
  try {
    const refusal = await refusalOf(options.handle(effect, progress));
    await untilSaid(() => markDone(owner.run, effect.key, refusal));
    telemetry.metrics.count('keyledger_effects_total', { queue, outcome: refusal === undefined ? 'done' : 'refused' });
    return { kind: 'over' };
  } catch (error) {
    return await failed(options, effect, { by, error });
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
  { attempts, owner, queue, telemetry }: AttemptOptions,
  effect: ClaimedEffect,
  { by, error }: { readonly by: string; readonly error: unknown },
): Promise<Attempted> {
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
    return { kind: 'again', delayMs: retry.delayMs, error };
  }
  telemetry.log.error(facts, 'an effect failed; it is tried again, ever more slowly, until it succeeds');
  return { kind: 'rest', error: failure.error };
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
