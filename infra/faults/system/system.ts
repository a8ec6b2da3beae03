import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StoreUrls } from '../../../src/app/parts.ts';
import { freePort } from '../../local/ports.ts';
import { type RunningPostgres, startPostgres } from '../../local/postgres.ts';
import { startRedis } from '../../local/redis.ts';
import type { RunningStore } from '../../local/store.ts';
import { type Program, startProgram } from './program.ts';
import { TcpProxy } from './tcp-proxy.ts';

export const programs = ['node', 'api', 'projector', 'worker'] as const;
export const foreignStores = ['postgres', 'redis'] as const;
export const parts = [...programs, ...foreignStores] as const;
export type ProgramName = (typeof programs)[number];
export type PartName = (typeof parts)[number];
/** What has a proxy in front of it. */
export type ProxiedName = 'node' | 'postgres' | 'redis';

type Ports = Readonly<Record<ProxiedName | 'api', number>>;
type Proxies = Readonly<Record<ProxiedName, TcpProxy>>;

const isProgram = (part: PartName): part is ProgramName => (programs as readonly string[]).includes(part);

/** Parts that may be down at one time; else nothing would ever work. */
const downAtMost = 2;
/** A start that fails may find the part that was killed still on its way out. */
const startTries = 12;

/**
 * A whole Keyledger, every part a process of its own: event node, PostgreSQL, Redis, API, projector, worker. What speaks to a store does so
 * through a proxy. Parts keep their ports and their data when they are killed and started again.
 */
export class System {
  readonly dir: string;
  readonly #ports: Ports;
  readonly #proxies: Proxies;
  readonly #programs = new Map<ProgramName, Program>();
  readonly #stores = new Map<PartName, RunningStore>();
  readonly #reviving = new Map<PartName, Promise<void>>();
  /** URLs past the proxies, for whoever looks from outside. */
  #direct: StoreUrls | undefined;
  /** Times Redis was made to forget everything. */
  flushes = 0;
  /** The administrator the first start has made. */
  administrator: { readonly email: string; readonly password: string } | undefined;

  private constructor(dir: string, ports: Ports, proxies: Proxies) {
    this.dir = dir;
    this.#ports = ports;
    this.#proxies = proxies;
  }

  /** Starts everything on empty stores below `dir`. */
  static async start(dir: string): Promise<System> {
    const [node, postgres, redis, api] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const proxies = {
      node: await TcpProxy.open(node),
      postgres: await TcpProxy.open(postgres),
      redis: await TcpProxy.open(redis),
    };
    const system = new System(dir, { node, postgres, redis, api }, proxies);
    try {
      await Promise.all((['node', 'postgres', 'redis'] as const).map((store) => system.startPart(store)));
      await system.startPart('projector');
      await Promise.all([system.startPart('api'), system.startPart('worker')]);
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  get stores(): StoreUrls {
    if (this.#direct === undefined) throw new TypeError('the stores do not run yet');
    return this.#direct;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }

  proxy(name: ProxiedName): TcpProxy {
    return this.#proxies[name];
  }

  program(name: ProgramName): Program | undefined {
    return this.#programs.get(name);
  }

  pidOf(part: PartName): number {
    return (isProgram(part) ? this.#programs.get(part)?.pid : this.#stores.get(part)?.pid) ?? 0;
  }

  /** Kills a part as a power switch would, without a word. Resolves when it is gone. */
  async kill(part: PartName): Promise<void> {
    if (isProgram(part)) return this.#programs.get(part)?.kill('SIGKILL');
    const store = this.#stores.get(part);
    if (store === undefined) return;
    process.kill(store.pid, 'SIGKILL');
    await store.exited;
    // Gives the directory up, as the end of the launching process would.
    await store.stop();
  }

  /** Starts a part again, on its data and its port. */
  async startPart(part: PartName): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        if (isProgram(part)) this.#programs.set(part, await this.#startProgram(part));
        else await this.#startStore(part);
        return;
      } catch (error) {
        if (tries === startTries) throw error;
        await sleep(100 * tries);
      }
    }
  }

  /** Kills a part and starts it again, without waiting for the start: `whole` does. */
  async bounce(part: PartName): Promise<void> {
    await this.#reviving.get(part);
    while (this.#reviving.size >= downAtMost) await Promise.race(this.#reviving.values());
    await this.kill(part);
    const revival = this.startPart(part).then(() => void this.#reviving.delete(part));
    // Whoever waits for the whole hears of a failure.
    revival.catch(() => undefined);
    this.#reviving.set(part, revival);
  }

  /** Resolves when everything that was bounced runs again. */
  async whole(): Promise<void> {
    await Promise.all(this.#reviving.values());
  }

  /** Copies the data of a store that does not run, for a later `restore`. A copy made before is replaced. */
  async copy(store: 'node' | 'postgres'): Promise<void> {
    const { copy, data } = this.#places(store);
    await cp(data, copy);
  }

  /** Puts the copied data in the place of a store's that does not run. What stood there becomes the copy. */
  restore(store: 'node' | 'postgres'): void {
    const { copy, data } = this.#places(store);
    renameSync(data, `${data}.set-aside`);
    renameSync(copy, data);
    renameSync(`${data}.set-aside`, copy);
  }

  #places(store: 'node' | 'postgres'): { readonly data: string; readonly copy: string } {
    const data = store === 'node' ? join(this.dir, 'events') : join(this.dir, 'postgres', 'cluster');
    return { data, copy: `${data}.copy` };
  }

  /** Starts several: the stores first, which the others need to begin with. */
  async startParts(wanted: readonly PartName[]): Promise<void> {
    const among = (names: readonly PartName[]): Promise<unknown> =>
      Promise.all(wanted.filter((part) => names.includes(part)).map((part) => this.startPart(part)));
    await among(['node', 'postgres', 'redis']);
    await among(['api', 'projector', 'worker']);
  }

  /** Starts a program of ours, or throws why it does not start. @throws {NotStarted} */
  async startOnce(part: ProgramName): Promise<void> {
    this.#programs.set(part, await this.#startProgram(part));
  }

  /** For the superuser of the database of ours, past the proxies. */
  get adminUrl(): string {
    const { adminUrl } = this.#stores.get('postgres') as RunningPostgres;
    return new URL('/keyledger', adminUrl).href;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#reviving.values());
    for (const name of ['worker', 'api', 'projector', 'node'] as const) await this.kill(name);
    await Promise.allSettled([...this.#stores.values()].map((store) => store.stop()));
    await Promise.all(Object.values(this.#proxies).map((proxy) => proxy.close()));
  }

  async #startStore(part: PartName): Promise<void> {
    const port = this.#ports[part as ProxiedName];
    const dir = join(this.dir, part);
    if (part === 'redis') this.#stores.set(part, await startRedis({ dir, port }));
    else this.#stores.set(part, await startPostgres({ dir, port }));
    this.#learnUrls();
  }

  async #startProgram(part: ProgramName): Promise<Program> {
    if (part === 'node') {
      const dir = join(this.dir, 'events');
      mkdirSync(dir, { recursive: true });
      const args = ['--dir', dir, '--port', String(this.#ports.node), '--json'];
      return startProgram('infra/event-node/main.js', args, { FAULT_PART: part, ...this.#compiled });
    }
    const roles = part === 'worker' ? 'worker,scheduler' : part;
    const program = await startProgram('src/cli/main.js', ['--json', 'serve', '--roles', roles], this.#env(part));
    const { administrator } = program.ready as { administrator?: { email: string; password: string } };
    this.administrator ??= administrator;
    return program;
  }

  #env(part: ProgramName): Readonly<Record<string, string>> {
    const { databaseOwnerUrl, databaseUrl, redisUrl } = this.stores;
    return {
      FAULT_PART: part,
      ...this.#compiled,
      EVENTSTORE_URL: `esdb://127.0.0.1:${this.#proxies.node.port}?tls=false`,
      DATABASE_URL: at(databaseUrl, this.#proxies.postgres.port),
      DATABASE_OWNER_URL: at(databaseOwnerUrl, this.#proxies.postgres.port),
      REDIS_URL: at(redisUrl, this.#proxies.redis.port),
      KEYLEDGER_DATA_DIR: join(this.dir, 'data'),
      KEYLEDGER_TRUSTED_PROXIES: 'loopback',
      KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: 'error',
      LOG_FORMAT: 'json',
      PORT: part === 'api' ? String(this.#ports.api) : '0',
    };
  }

  /** Starts of the same program again and again need not compile it each time. */
  get #compiled(): Readonly<Record<string, string>> {
    return { NODE_COMPILE_CACHE: join(this.dir, 'compiled') };
  }

  #learnUrls(): void {
    const postgres = this.#stores.get('postgres') as (RunningStore & { readonly ownerUrl: string }) | undefined;
    const redis = this.#stores.get('redis');
    if (postgres === undefined || redis === undefined) return;
    this.#direct = {
      eventStoreUrl: `esdb://127.0.0.1:${this.#ports.node}?tls=false`,
      databaseUrl: postgres.url,
      databaseOwnerUrl: postgres.ownerUrl,
      redisUrl: redis.url,
    };
  }
}

/** With owners and rights, as PostgreSQL wants them. */
async function cp(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
}

function at(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}
