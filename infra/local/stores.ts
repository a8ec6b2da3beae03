import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../src/config.ts';
import { claimDirectory } from './claim.ts';
import { startEventNode } from './event-node.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { type Exit, type Progress, type RunningStore, StoreFailed } from './store.ts';

/** The stores that run elsewhere, as the configuration names them. */
export type GivenStores = Pick<Config, 'eventStoreUrl' | 'databaseUrl' | 'databaseOwnerUrl' | 'redisUrl'>;

/** The stores an instance runs on, embedded or given. */
export type Stores = Readonly<{
  eventStoreUrl: string;
  /** For the role that serves requests. */
  databaseUrl: string;
  /** For the role that owns the tables. */
  databaseOwnerUrl: string;
  redisUrl: string;
  /** The embedded ones. */
  embedded: readonly RunningStore[];
  /** Resolves when an embedded store ends by itself; stays pending otherwise. */
  lost: Promise<Readonly<{ name: string; exit: Exit }>>;
  /** Ends the embedded stores in order: Redis, PostgreSQL, and the log last. */
  stop: () => Promise<void>;
}>;

/**
 * Starts, side by side, every store that `given` does not name, with its data below `dir`. When one cannot start, the others are
 * stopped and the error tells what is missing. Throws `DirectoryInUse`, `MissingComponent` or `StoreFailed`.
 */
export async function startStores(
  options: Readonly<{ dir: string; given: GivenStores; log: Progress }>,
): Promise<Stores> {
  const { dir, given, log } = options;
  if (given.eventStoreUrl && given.databaseUrl && given.redisUrl) return assemble(given, {}, () => undefined);
  makeDirectory(dir);
  const release = claimDirectory(dir);
  const started = await Promise.allSettled([
    given.redisUrl ? undefined : startRedis({ dir: join(dir, 'redis'), log }),
    given.databaseUrl ? undefined : startPostgres({ dir: join(dir, 'postgres'), log }),
    given.eventStoreUrl ? undefined : startEventNode({ dir: join(dir, 'events'), log }),
  ]);
  const [redis, postgres, eventNode] = started.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  const failures = started.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
  if (failures.length > 0) {
    await stopAll([redis, postgres, eventNode]);
    release();
    throw failures.length === 1 ? failures[0] : new StoreFailed(failures.map((failure) => failure.message).join('\n'));
  }
  return assemble(given, { redis, postgres, eventNode } as Embedded, release);
}

type Embedded = Readonly<{
  redis?: RunningStore;
  postgres?: Awaited<ReturnType<typeof startPostgres>>;
  eventNode?: RunningStore;
}>;

function assemble(given: GivenStores, { redis, postgres, eventNode }: Embedded, release: () => void): Stores {
  const embedded = [redis, postgres, eventNode].filter((each) => each !== undefined);
  const lost = embedded.map(async ({ name, exited }) => {
    const exit = await exited;
    return exit.expected ? new Promise<never>(() => undefined) : { name, exit };
  });
  return {
    eventStoreUrl: given.eventStoreUrl ?? eventNode?.url ?? '',
    databaseUrl: given.databaseUrl ?? postgres?.url ?? '',
    databaseOwnerUrl: given.databaseOwnerUrl ?? given.databaseUrl ?? postgres?.ownerUrl ?? '',
    redisUrl: given.redisUrl ?? redis?.url ?? '',
    embedded,
    lost: Promise.race(lost),
    stop: () => stopAll(embedded).finally(release),
  };
}

/** One after the other, since the log takes the last facts of what stops before it. */
async function stopAll(stores: readonly (RunningStore | undefined)[]): Promise<void> {
  for (const store of stores) await store?.stop();
}

/** As root, PostgreSQL's own user has to pass through; nothing readable stands in it. */
function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StoreFailed(
      `The data directory ${dir} cannot be used (${(error as Error).message}). Make it writable for this user, or set KEYLEDGER_DATA_DIR to another.`,
    );
  }
}
