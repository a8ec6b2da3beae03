import type { AnyCommand } from '../../kernel/command.ts';
import type { EventLog } from '../../kernel/log.ts';
import type { Reaction } from '../../kernel/reaction.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { registerReactions } from './checkpoints.ts';
import { dispatcher } from './dispatch.ts';
import { dispatchQueue } from './effect.ts';
import type { ExecuteAs } from './execute.ts';
import { lead } from './lease.ts';
import { workQueue } from './process.ts';
import { connectRedis, Enqueuer } from './queues.ts';
import { readOn } from './read-on.ts';
import { closeWorkers } from './stop.ts';
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
  readonly redisUrl: string;
  readonly telemetry: Telemetry;
  readonly timings?: Partial<Timings>;
}

/**
 * Lets facts have their effects. Any number of processes may do so: one reads the log, all of them run commands. Resolves once every
 * reaction is registered, so that no fact written after is missed; await it before requests are served.
 *
 * @throws {TypeError} a reaction's name has a colon
 * @throws {StoreUnavailable} log or database cannot be reached for the registration
 */
export async function startReactions(options: ReactionsOptions): Promise<Running> {
  const { log, owner, redisUrl, telemetry } = options;
  const timings = { ...defaultTimings, ...options.timings };
  for (const { name } of options.reactions) {
    if (name.includes(':'))
      throw new TypeError(`The reaction ${name} cannot have a colon in its name: jobs are named after it.`);
  }
  await registerReactions(options);
  const client = connectRedis(redisUrl, telemetry, { failFast: true });
  const connection = connectRedis(redisUrl, telemetry, { failFast: false });
  const enqueuer = new Enqueuer(client, telemetry);
  const { claimMs, lease } = timings;
  const handle = dispatcher({ ...options, enqueuer });
  const worker = workQueue({
    queue: dispatchQueue,
    attempts,
    concurrency,
    connection,
    owner,
    telemetry,
    claimMs,
    handle,
  });
  const sweep = startSweep({ owner, client, enqueuer, telemetry, everyMs: timings.sweepMs, lease });
  const leader = lead({
    owner,
    telemetry,
    name: 'reactions',
    timings: lease,
    work: (term) => readOn({ log, owner, reactions: options.reactions, enqueuer, telemetry }, term),
  });
  return {
    stop: async () => {
      await Promise.all([leader.stop(), sweep.stop(), closeWorkers([worker], connection)]);
      await enqueuer.close();
    },
  };
}
