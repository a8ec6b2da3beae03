import type pg from 'pg';
import { sql } from '../../kernel/sql.ts';
import type { Logger } from '../../kernel/telemetry.ts';
import type { Database } from './database.ts';

/** The channel on which a projector tells of every batch it commits: `name:position`, or `name,name,…:position`. */
export const projectedChannel = 'keyledger_projected';
/** Postgres takes notifications of less than 8,000 bytes. */
const payloadAtMost = 7_000;

/** Where a live read model is. */
export interface Seen {
  readonly name: string;
  readonly position: bigint;
}

/** The payloads that tell where read models are, as few as may be. */
export function tellings(seen: readonly Seen[]): readonly string[] {
  const names = new Map<bigint, string[]>();
  for (const { name, position } of seen) {
    const lists = names.get(position) ?? [];
    const list = lists.at(-1);
    if (list !== undefined && list.length + name.length < payloadAtMost) lists[lists.length - 1] = `${list},${name}`;
    else lists.push(name);
    names.set(position, lists);
  }
  return [...names].flatMap(([position, lists]) => lists.map((list) => `${list}:${position}`));
}

/** What a payload tells; nothing where it is none. */
export function told(payload: string): readonly Seen[] {
  const colon = payload.lastIndexOf(':');
  if (colon <= 0) return [];
  const position = BigInt(payload.slice(colon + 1));
  return payload
    .slice(0, colon)
    .split(',')
    .map((name) => ({ name, position }));
}

/** Milliseconds between two looks at the checkpoints while somebody waits: the net under a lost notification. */
const pollMs = 250;
const reconnectMs = [100, 250, 500, 1_000, 2_000] as const;

interface Waiter {
  readonly names: readonly string[];
  readonly missing: Set<string>;
  readonly position: bigint;
  readonly done: (seen: boolean) => void;
}

export interface PositionWatch {
  /** True when all of them have seen the position; false after `timeoutMs`. */
  waitFor(projections: readonly string[], position: bigint, timeoutMs: number): Promise<boolean>;
  /** Tells of a position that this process has committed itself. */
  saw(projection: string, position: bigint): void;
  close(): Promise<void>;
}

/** Follows how far the live read models are, by notification and by a slow look. A database that is away only makes waits time out. */
export function watchPositions(app: Database, log: Logger): PositionWatch {
  const watch = new Watch(app, log);
  watch.listen();
  return watch;
}

class Watch implements PositionWatch {
  readonly #app: Database;
  readonly #log: Logger;
  readonly #seen = new Map<string, bigint>();
  readonly #waiters = new Set<Waiter>();
  #poll: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #client: pg.Client | undefined;
  #listening: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(app: Database, log: Logger) {
    this.#app = app;
    this.#log = log;
  }

  async waitFor(projections: readonly string[], position: bigint, timeoutMs: number): Promise<boolean> {
    const missing = new Set(projections.filter((name) => (this.#seen.get(name) ?? -1n) < position));
    if (missing.size === 0) return true;
    return new Promise<boolean>((resolve) => {
      const done = (seen: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(seen);
      };
      const waiter: Waiter = { names: projections, missing, position, done };
      const timer = setTimeout(done, timeoutMs, false);
      this.#waiters.add(waiter);
      // A listener hears every move; without one, only a look shows it.
      this.#lookIn(this.#client === undefined ? 0 : pollMs);
    });
  }

  listen(): void {
    this.#listening = this.#connect().catch((error: Error) => this.#again(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#poll);
    for (const { done } of [...this.#waiters]) done(false);
    await this.#listening;
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = await this.#app.session();
    if (this.#closed) return client.end();
    client.on('notification', ({ payload = '' }) => {
      for (const { name, position } of told(payload)) this.saw(name, position);
    });
    client.once('end', () => {
      if (this.#client === client) this.#again(new Error('the connection ended'));
    });
    await client.query(`listen ${projectedChannel}`).catch(async (error: Error) => {
      await client.end().catch(() => undefined);
      throw error;
    });
    this.#forget();
    this.#client = client;
    this.#failures = 0;
    await this.#look();
  }

  #again(error: Error): void {
    this.#client = undefined;
    if (this.#closed) return;
    this.#forget();
    const delay = reconnectMs[Math.min(this.#failures++, reconnectMs.length - 1)] ?? 2_000;
    this.#log.warn({ error: error.message, retryMs: delay }, 'the progress of the read models is not heard');
    this.#retry = setTimeout(() => this.listen(), delay);
  }

  /** A database that was away may stand further back than it did: restored from a backup, or without its last commits after a crash. */
  #forget(): void {
    this.#seen.clear();
    for (const { missing, names } of this.#waiters) for (const name of names) missing.add(name);
  }

  #lookIn(ms: number): void {
    if (this.#poll !== undefined || this.#closed) return;
    this.#poll = setTimeout(() => {
      this.#look()
        .catch(() => undefined)
        .finally(() => {
          this.#poll = undefined;
          if (this.#waiters.size > 0) this.#lookIn(pollMs);
        });
    }, ms);
  }

  async #look(): Promise<void> {
    const names = [...new Set([...this.#waiters].flatMap(({ missing }) => [...missing]))];
    if (names.length === 0) return;
    const rows = await this.#app.run(
      sql`select name, position from kernel.projections where state = 'live' and position is not null and name = any(${names})`,
    );
    for (const { name, position } of rows) this.saw(String(name), position as bigint);
  }

  saw(name: string, position: bigint): void {
    if ((this.#seen.get(name) ?? -1n) >= position) return;
    // Without a listener nobody would say that this does not hold any more.
    if (this.#client !== undefined) this.#seen.set(name, position);
    for (const waiter of [...this.#waiters]) {
      if (position >= waiter.position && waiter.missing.delete(name) && waiter.missing.size === 0) waiter.done(true);
    }
  }
}
