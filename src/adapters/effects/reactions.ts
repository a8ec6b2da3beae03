import type { AnyCommand } from '../../kernel/command.ts';
import type { EventLog } from '../../kernel/log.ts';
import type { Reaction } from '../../kernel/reaction.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { attempt } from './attempt.ts';
import { registerReactions } from './checkpoints.ts';
import { dispatcher } from './dispatch.ts';
import { dispatchQueue } from './effect.ts';
import { Enqueuer } from './enqueuer.ts';
import type { ExecuteAs } from './execute.ts';
import type { JobQueues } from './job-queue.ts';
import { lead } from './lease.ts';
import { readOn } from './read-on.ts';
import { connectJobQueues } from './redis-queues.ts';
import { startSweep } from './sweep.ts';
import { defaultTimings, type Running, type Timings } from './timings.ts';

/** Tries of a command before its effect shows as failed. */
const attempts = 8;
const concurrency = 16;

export interface ReactionsOptions {
  readonly log: EventLog;
  readonly owner: Database;
  readonly reactions: readonly Reaction[];
  /** Every command there is: effects name theirs. */
  readonly commands: readonly AnyCommand[];
  readonly executeAs: ExecuteAs;
  readonly telemetry: Telemetry;
  readonly timings?: Partial<Timings>;
}

/**
 * Lets facts have their effects, over queues in Redis. Any number of processes may do so: one reads the log, all of them run commands.
 * Resolves once every reaction is registered, so that no fact written after is missed; await it before requests are served.
 *
 * @throws {TypeError} a reaction's name has a colon
 * @throws {StoreUnavailable} log or database cannot be reached for the registration
 */
export async function startReactions(options: ReactionsOptions & { readonly redisUrl: string }): Promise<Running> {
  for (const { name } of options.reactions) {
    if (name.includes(':'))
      throw new TypeError(`The reaction ${name} cannot have a colon in its name: jobs are named after it.`);
  }
  await registerReactions(options);
  return runReactions(options, connectJobQueues(options.redisUrl, options.telemetry));
}

/** As `startReactions`, for reactions that are registered, over queues that are closed with it. */
export function runReactions(options: ReactionsOptions, queues: JobQueues): Running {
  const { log, owner, telemetry } = options;
  const { claimMs, lease, sweepMs } = { ...defaultTimings, ...options.timings };
  const enqueuer = new Enqueuer(queues, telemetry);
  const effects = { queue: dispatchQueue, attempts, owner, telemetry, claimMs };
  const handle = dispatcher({ ...options, enqueuer });
  queues.work({
    queue: dispatchQueue,
    concurrency,
    claimMs,
    attempt: (key, progress) => attempt({ ...effects, handle }, key, progress),
  });
  const sweep = startSweep({ owner, queues, enqueuer, telemetry, everyMs: sweepMs, lease });
  const leader = lead({
    owner,
    telemetry,
    name: 'reactions',
    timings: lease,
    work: (term) => readOn({ log, owner, reactions: options.reactions, enqueuer, telemetry }, term),
  });
  return {
    stop: async () => {
      await Promise.all([leader.stop(), sweep.stop(), queues.endWork()]);
      await queues.close();
    },
  };
}
