import type { Catalog } from './catalog.ts';
import type { Transaction, Value, Values } from './storage.ts';

/** What a statement runs in. */
export interface Context {
  readonly catalog: Catalog;
  readonly transaction: Transaction;
  readonly params: readonly Value[];
  /** Milliseconds since the epoch, by the database's clock. */
  readonly now: number;
  /** Tables that `with` has named. */
  readonly named: Map<string, readonly Values[]>;
}

/** Rows in sight of an expression: by alias, and those of the statement around it. */
export interface Sight {
  readonly context: Context;
  readonly rows: Readonly<Record<string, Values>>;
  readonly outer: Sight | undefined;
}

export type Expression = (sight: Sight) => Value;
/** A statement that is ready to run: its rows, or those it returns. */
export type Runnable = (context: Context, outer?: Sight) => readonly Values[];
