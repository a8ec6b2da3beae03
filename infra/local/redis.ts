import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Child, endLeftover, startChild } from './child.ts';
import { claimDirectory } from './claim.ts';
import { freePort, isFree } from './ports.ts';
import type { Step } from './process-table.ts';
import { findRedis, type RedisBinary } from './redis/find.ts';
import { passwords } from './secrets.ts';
import { type RunningStore, StoreFailed, type StoreOptions } from './store.ts';

const ending: readonly Step[] = [
  ['SIGTERM', 10_000],
  ['SIGKILL', 2_000],
];

type Plan = Readonly<{
  dir: string;
  binary: RedisBinary;
  password: string;
  durable: boolean;
  port: number | undefined;
}>;

/**
 * Starts a Redis server on the data in `dir`. What a killed parent left running there is ended first. Throws `DirectoryInUse`,
 * `MissingComponent` or `StoreFailed`.
 */
export async function startRedis(options: StoreOptions): Promise<RunningStore> {
  const { dir, durable = true, port, log = () => undefined } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const release = claimDirectory(dir);
  try {
    const binary = await findRedis(log);
    const { password } = passwords(join(dir, 'passwords.json'), ['password']);
    if (await endLeftover({ name: 'redis', dir, ending })) log('ended a Redis that an earlier run left behind');
    const running = await start({ dir, binary, password, durable, port });
    return {
      name: 'Redis',
      url: urlOf(password, running.port),
      pid: running.child.pid,
      port: running.port,
      exited: running.child.exited,
      stop: () => running.child.stop().finally(release),
    };
  } catch (error) {
    release();
    throw error;
  }
}

const urlOf = (password: string, port: number): string => `redis://:${password}@127.0.0.1:${port}`;

/** A free port may be taken by another between the choice and the start: try again. */
async function start(plan: Plan): Promise<{ child: Child; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = plan.port ?? (await freePort());
    if (!(await isFree(port))) throw new StoreFailed(`Port ${port}, meant for Redis, is taken.`);
    const child = await startChild({
      name: 'redis',
      dir: plan.dir,
      command: plan.binary.command,
      args: [configFile(plan, port)],
      env: { ...plan.binary.env, LC_ALL: 'C' },
      ending,
    });
    const failure = await ready(child, urlOf(plan.password, port));
    if (failure === undefined) return { child, port };
    await child.stop();
    if (!failure.includes('Address already in use') || attempt === 5) {
      throw new StoreFailed(`Redis did not start in ${plan.dir}:\n${failure}`);
    }
  }
}

/** The password goes by a file, since any user can see the arguments of a process. */
function configFile({ dir, password, durable }: Plan, port: number): string {
  const path = join(dir, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${JSON.stringify(dir)}`,
    `requirepass ${password}`,
    'maxmemory-policy noeviction',
    'databases 1024',
    'save ""',
    `appendonly ${durable ? 'yes' : 'no'}`,
    'daemonize no',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

/** Waits until the server answers, its data read. Returns why it never will. */
async function ready(child: Child, url: string): Promise<string | undefined> {
  let gone = false;
  void child.exited.then(() => {
    gone = true;
  });
  const end = Date.now() + 60_000;
  while (!gone && Date.now() < end) {
    if ((await ping(url)) === 'PONG') return undefined;
    await sleep(20);
  }
  return child.lastWords() || 'no answer within a minute';
}

async function ping(url: string): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } catch (error) {
    return String(error);
  } finally {
    client.disconnect();
  }
}
