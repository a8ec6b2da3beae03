import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventNode } from '../../infra/local/event-node.ts';
import { guardDirectory } from '../../infra/local/guard.ts';
import { connected, databaseName, makeDatabase } from '../../infra/local/postgres/database.ts';
import { type RunningPostgres, startPostgres } from '../../infra/local/postgres.ts';
import { startRedis } from '../../infra/local/redis.ts';
import type { RunningStore } from '../../infra/local/store.ts';

/** The stores of one test run: each is started when a suite first asks for it, and all end with the run. */
export type SharedStores = Readonly<{
  /** A new database: `ownerUrl` for the role that owns tables, `url` for the one that serves requests, as in the product. */
  freshDatabase: () => Promise<Readonly<{ ownerUrl: string; url: string }>>;
  /** A Redis database of the caller's own. */
  redisUrl: () => Promise<string>;
  /** The event node all suites share: name streams with random ids. */
  eventNode: () => Promise<Readonly<{ url: string }>>;
  /** An event node of the caller's own, in an empty directory or in the given one, on any port or the given one. It ends with the run at the latest. */
  freshEventNode: (dir?: string, port?: number) => Promise<RunningStore & Readonly<{ dir: string }>>;
  /** An empty directory that is removed with the run. */
  scratch: (name: string) => string;
}>;

let run: { dir: string; callOff: () => void } | undefined;
const running: RunningStore[] = [];
let postgres: Promise<RunningPostgres> | undefined;
let redis: Promise<RunningStore> | undefined;
let node: Promise<RunningStore> | undefined;
let databases = 0;
let redisDatabases = 0;

const shared: SharedStores = {
  async freshDatabase() {
    postgres ??= kept(startPostgres({ dir: scratch('postgres'), durable: false }));
    const { adminUrl, ownerUrl, url } = await postgres;
    const name = `test_${++databases}`;
    await connected(adminUrl, (client) => makeDatabase(client, name));
    const renamed = (from: string): string => from.replace(new RegExp(`/${databaseName}$`), `/${name}`);
    return { ownerUrl: renamed(ownerUrl), url: renamed(url) };
  },
  async redisUrl() {
    redis ??= kept(startRedis({ dir: scratch('redis'), durable: false }));
    return `${(await redis).url}/${++redisDatabases}`;
  },
  async eventNode() {
    node ??= kept(startEventNode({ dir: scratch('events') }));
    return node;
  },
  async freshEventNode(dir = scratch('events'), port = 0) {
    return { ...(await kept(startEventNode({ dir, port }))), dir };
  },
  scratch,
};

/** The stores of this test run. */
export function sharedStores(): SharedStores {
  return shared;
}

function scratch(name: string): string {
  if (run === undefined) {
    const dir = mkdtempSync(join(tmpdir(), 'keyledger-test-'));
    // PostgreSQL's own user has to pass through when the tests run as root.
    chmodSync(dir, 0o711);
    run = { dir, callOff: guardDirectory(dir) };
  }
  const path = mkdtempSync(join(run.dir, `${name}-`));
  chmodSync(path, 0o711);
  return path;
}

async function kept<T extends RunningStore>(starting: Promise<T>): Promise<T> {
  const store = await starting;
  running.push(store);
  return store;
}

/** Ends the stores and removes their data; mocha calls it once, after the last suite. */
export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.allSettled([postgres, redis, node]);
  await Promise.all(running.splice(0).map((store) => store.stop()));
  if (run === undefined) return;
  rmSync(run.dir, { recursive: true, force: true });
  run.callOff();
  run = undefined;
}
