import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreUrls } from '../../../src/app/parts.ts';
import { freePort } from '../../local/ports.ts';
import { type RunningPostgres, startPostgres } from '../../local/postgres.ts';
import { startRedis } from '../../local/redis.ts';
import type { RunningStore } from '../../local/store.ts';
import { atPort, launchNode, launchRole, nodeUrl } from './launch.ts';
import type { Program } from './program.ts';
import { TcpProxy } from './tcp-proxy.ts';

export const programs = ['node', 'api', 'projector', 'worker'] as const;
const foreignStores = ['postgres', 'redis'] as const;
export type ProgramName = (typeof programs)[number];
export type PartName = ProgramName | (typeof foreignStores)[number];
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

  /** Resolves when a part that was bounced runs again. */
  async back(part: PartName): Promise<void> {
    await this.#reviving.get(part);
  }

  /** Kills a part and starts it again, without waiting for the start: `whole` does. */
  async bounce(part: PartName): Promise<void> {
    await this.back(part);
    // What is dead already is started at once: the others may be waiting for it.
    const dead = isProgram(part) && this.#programs.get(part)?.running() !== true;
    while (!dead && this.#reviving.size >= downAtMost) await Promise.race(this.#reviving.values());
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
    if (part === 'node') return launchNode(this.dir, this.#ports.node);
    const { node, postgres, redis } = this.#proxies;
    const { databaseOwnerUrl, databaseUrl, redisUrl } = this.stores;
    const program = await launchRole(part, {
      dir: this.dir,
      port: part === 'api' ? this.#ports.api : 0,
      stores: {
        eventStoreUrl: nodeUrl(node.port),
        databaseUrl: atPort(databaseUrl, postgres.port),
        databaseOwnerUrl: atPort(databaseOwnerUrl, postgres.port),
        redisUrl: atPort(redisUrl, redis.port),
      },
    });
    const { administrator } = program.ready as { administrator?: { email: string; password: string } };
    this.administrator ??= administrator;
    return program;
  }

  #learnUrls(): void {
    const postgres = this.#stores.get('postgres') as (RunningStore & { readonly ownerUrl: string }) | undefined;
    const redis = this.#stores.get('redis');
    if (postgres === undefined || redis === undefined) return;
    this.#direct = {
      eventStoreUrl: nodeUrl(this.#ports.node),
      databaseUrl: postgres.url,
      databaseOwnerUrl: postgres.ownerUrl,
      redisUrl: redis.url,
    };
  }
}
