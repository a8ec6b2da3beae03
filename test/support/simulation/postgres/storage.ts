import type { Table } from './table.ts';

/** A value as a column holds it: 64-bit integers as bigint, times as milliseconds since the epoch. */
export type Value = null | number | bigint | string | boolean | readonly Value[] | { readonly [key: string]: unknown };
export type Values = Readonly<Record<string, Value>>;

/** An error as Postgres tells it. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The product says something in SQL that the simulation does not understand: it has to learn it. */
export class Unsupported extends Error {
  constructor(what: string) {
    super(`the simulated Postgres knows no ${what}`);
  }
}

/** A statement has to begin again once that transaction has ended. */
export class MustWait extends Error {
  readonly holder: Transaction;

  constructor(holder: Transaction) {
    super('a row is locked');
    this.holder = holder;
  }
}

/** A row's place: what is committed, and what the one transaction that has it locked makes of it (null: deleted). */
export interface StoredRow {
  committed: Values | undefined;
  pending: Values | null | undefined;
  holder: Transaction | undefined;
}

/** Takes a commit back, as a crash does that comes before it was on the disk. */
export type TakeBack = () => void;

/** A transaction: what it has locked and changed, and how to undo it. */
export class Transaction {
  readonly settings = new Map<string, string>();
  readonly startedAt: number;
  /** Names of advisory locks. */
  readonly advisory = new Set<string>();
  /** Tables it has changed rows of. */
  readonly changed = new Map<Table, Set<StoredRow>>();
  failed = false;
  #undo: (() => void)[] = [];
  readonly #held = new Set<StoredRow>();
  readonly #savepoints = new Map<string, number>();
  #waiters: (() => void)[] = [];

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  sees(row: StoredRow): Values | undefined {
    return row.holder === this && row.pending !== undefined ? (row.pending ?? undefined) : row.committed;
  }

  /** @throws {MustWait} */
  lock(row: StoredRow): void {
    if (row.holder === this) return;
    if (row.holder !== undefined) throw new MustWait(row.holder);
    row.holder = this;
    this.#held.add(row);
  }

  /** @throws {MustWait} */
  write(table: Table, row: StoredRow, values: Values | null): void {
    this.lock(row);
    const { pending } = row;
    row.pending = values;
    this.undoing(() => {
      row.pending = pending;
    });
    const rows = this.changed.get(table) ?? new Set();
    this.changed.set(table, rows.add(row));
  }

  undoing(undo: () => void): void {
    this.#undo.push(undo);
  }

  savepoint(name: string): void {
    this.#savepoints.set(name, this.#undo.length);
  }

  rollbackTo(name: string): void {
    const length = this.#savepoints.get(name);
    if (length === undefined) throw new SqlError('3B001', `savepoint "${name}" does not exist`);
    for (const undo of this.#undo.splice(length).reverse()) undo();
    this.failed = false;
  }

  /** Resolves nothing here: the callback comes once the transaction is over. */
  whenOver(listener: () => void): void {
    this.#waiters.push(listener);
  }

  commit(): TakeBack {
    const before = [...this.#held].map((row) => ({ row, committed: row.committed }));
    for (const row of this.#held) {
      if (row.pending !== undefined) row.committed = row.pending ?? undefined;
    }
    const structure = this.#undo;
    this.#end();
    return () => {
      for (const undo of [...structure].reverse()) undo();
      for (const { committed, row } of before) {
        row.committed = committed;
        row.pending = undefined;
      }
    };
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#end();
  }

  #end(): void {
    for (const row of this.#held) {
      row.pending = undefined;
      row.holder = undefined;
    }
    this.#undo = [];
    this.#held.clear();
    for (const listener of this.#waiters.splice(0)) listener();
  }
}
