import type { World } from '../world.ts';
import { Catalog } from './catalog.ts';
import type { Context } from './context.ts';
import { prepare } from './statements.ts';
import { MustWait, SqlError, type TakeBack, Transaction, type Value, type Values } from './storage.ts';

/** Milliseconds since the epoch at which the database's clock starts. */
const epochMs = Date.parse('2026-01-01T00:00:00.000Z');
/** Milliseconds after which commits that did not wait for the disk are on it. */
const flushMs = 400;

/** A statement that has come in. */
export interface Asked {
  readonly text: string;
  readonly values: readonly Value[];
}

type Answer = (error: SqlError | undefined, rows: readonly Values[]) => void;

/** Looks at each transaction right before it commits, and throws where that must not be. */
export type Guard = (transaction: Transaction, by: string) => void;

/** A database in memory: the product's own statements, real transactions, row locks and crashes. Reads are as of the statement (READ COMMITTED). */
export class PostgresServer {
  readonly world: World;
  readonly catalog: Catalog = new Catalog();
  up = true;
  /** Of the server's life; sessions of an earlier one are gone. */
  life = 0;
  guard: Guard = () => undefined;
  readonly sessions = new Set<Session>();
  /** Commits that are not on the disk yet. */
  #unflushed: TakeBack[] = [];

  constructor(world: World) {
    this.world = world;
  }

  get nowMs(): number {
    return epochMs + this.world.now;
  }

  session(by: string): Session {
    const session = new Session(this, by);
    this.sessions.add(session);
    return session;
  }

  /** All at once, as the work of one who owns everything. For setting up. */
  execute(text: string): readonly Values[] {
    const transaction = new Transaction(this.nowMs);
    const rows = prepare(text)(this.contextOf(transaction, []));
    transaction.commit();
    return rows;
  }

  contextOf(transaction: Transaction, params: readonly Value[]): Context {
    return { catalog: this.catalog, transaction, params, now: this.nowMs, named: new Map() };
  }

  commit(transaction: Transaction, by: string): void {
    this.guard(transaction, by);
    const takeBack = transaction.commit();
    if (transaction.settings.get('synchronous_commit') !== 'off') {
      // Whatever was committed before is in front of it in the same file.
      this.#unflushed = [];
      return;
    }
    this.#unflushed.push(takeBack);
    this.world.after(flushMs, () => {
      const at = this.#unflushed.indexOf(takeBack);
      if (at >= 0) this.#unflushed.splice(0, at + 1);
    });
  }

  /** What is under way is lost, and so are commits that did not wait for the disk: the last ones. */
  crash(): void {
    if (!this.up) return;
    this.up = false;
    this.life++;
    for (const session of [...this.sessions]) session.end();
    const lost = this.#unflushed.splice(this.world.random.int(0, this.#unflushed.length));
    for (const takeBack of lost.reverse()) takeBack();
    this.#unflushed = [];
    this.world.trace.add('postgres', `crash, ${lost.length} commits lost`);
  }

  start(): void {
    if (this.up) return;
    this.up = true;
    this.world.trace.add('postgres', 'up');
  }
}

/** One connection, on the server's side: statements in the order they come. */
export class Session {
  readonly #server: PostgresServer;
  readonly #by: string;
  readonly #life: number;
  #transaction: Transaction | undefined;
  #queue: { readonly asked: Asked; readonly answer: Answer }[] = [];
  #busy = false;
  #ended = false;
  /** The client's side of the connection. */
  onEnd: () => void = () => undefined;
  /** Counts what it was asked, so that old timers are known. */
  #asked = 0;

  constructor(server: PostgresServer, by: string) {
    this.#server = server;
    this.#by = by;
    this.#life = server.life;
  }

  get open(): boolean {
    return !this.#ended && this.#server.up && this.#life === this.#server.life;
  }

  ask(asked: Asked, answer: Answer): void {
    this.#asked++;
    this.#queue.push({ asked, answer });
    this.#next();
  }

  /** The connection is gone: what is not committed never was. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue = [];
    this.#server.sessions.delete(this);
    this.#transaction?.rollback();
    this.#transaction = undefined;
    this.onEnd();
  }

  #next(): void {
    if (this.#busy || !this.open) return;
    const next = this.#queue.shift();
    if (next === undefined) this.#watchIdle();
    else {
      this.#busy = true;
      this.#try(next.asked, next.answer, undefined);
    }
  }

  #done(answer: Answer, error: SqlError | undefined, rows: readonly Values[]): void {
    this.#busy = false;
    answer(error, rows);
    this.#next();
  }

  #try(asked: Asked, answer: Answer, waitUntil: number | undefined): void {
    if (!this.open) return;
    try {
      this.#done(answer, undefined, this.#run(asked));
    } catch (error) {
      if (error instanceof MustWait) this.#wait({ asked, answer, waitUntil }, error.holder);
      else if (error instanceof SqlError) this.#refuse(answer, error);
      else throw error;
    }
  }

  #refuse(answer: Answer, error: SqlError): void {
    if (this.#transaction !== undefined) this.#transaction.failed = true;
    this.#done(answer, error, []);
  }

  #run({ text, values }: Asked): readonly Values[] {
    if (text === 'begin') this.#transaction = new Transaction(this.#server.nowMs);
    else if (text === 'rollback') this.#end((transaction) => transaction.rollback());
    else if (text === 'commit') this.#commit();
    else return this.#statement(text, values);
    return [];
  }

  #commit(): void {
    if (this.#transaction?.failed) this.#end((transaction) => transaction.rollback());
    else this.#end((transaction) => this.#server.commit(transaction, this.#by));
  }

  #end(how: (transaction: Transaction) => void): void {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction !== undefined) how(transaction);
  }

  #statement(text: string, values: readonly Value[]): readonly Values[] {
    const own = this.#transaction;
    if (own?.failed && !text.startsWith('rollback to')) {
      throw new SqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
    }
    if (own !== undefined) return prepare(text)(this.#server.contextOf(own, values));
    const alone = new Transaction(this.#server.nowMs);
    try {
      const rows = prepare(text)(this.#server.contextOf(alone, values));
      this.#server.commit(alone, this.#by);
      return rows;
    } catch (error) {
      alone.rollback();
      throw error;
    }
  }

  /** Waits for a lock: until it is free, or for as long as the transaction says. */
  #wait(
    {
      answer,
      asked,
      waitUntil,
    }: { readonly asked: Asked; readonly answer: Answer; readonly waitUntil: number | undefined },
    holder: Transaction,
  ): void {
    const { world } = this.#server;
    const limit = waitUntil ?? world.now + lockTimeoutMs(this.#transaction?.settings.get('lock_timeout'));
    let over = false;
    const again = (): void => {
      if (over) return;
      over = true;
      this.#try(asked, answer, limit);
    };
    holder.whenOver(() => world.after(0, again));
    world.after(limit - world.now, () => {
      if (over || !this.open) return;
      over = true;
      this.#refuse(answer, new SqlError('55P03', 'canceling statement due to lock timeout'));
    });
  }

  /** A client that stops in the middle of a transaction loses it after a while, where the transaction says so. */
  #watchIdle(): void {
    const timeout = this.#transaction?.settings.get('idle_in_transaction_session_timeout');
    if (timeout === undefined) return;
    const asked = this.#asked;
    this.#server.world.after(lockTimeoutMs(timeout), () => {
      if (this.#asked === asked && !this.#busy && this.#transaction !== undefined) this.end();
    });
  }
}

/** Longer than a statement may take: the deadlock check of a real server comes in between. */
const longestMs = 5_000;

function lockTimeoutMs(setting: string | undefined): number {
  const found = /^(\d+)(ms|s)$/.exec(setting ?? '');
  return found === null ? longestMs : Number(found[1]) * (found[2] === 's' ? 1_000 : 1);
}
