import type { DomainEvent, Fact } from './aggregate.ts';
import type { LogEvent } from './log.ts';
import type { Row } from './query.ts';
import type { Sql } from './sql.ts';
import type { Subscription } from './when.ts';

/** Runs one statement in the batch's transaction. Several that are not waited for run in the order of the calls. */
export type Run = (statement: Sql) => Promise<readonly Row[]>;

/** An event as a stateful projection is given it. */
export interface Applied {
  readonly stored: LogEvent;
  /** Decoded and upcast; as it is stored for a subscription to every event. */
  readonly event: DomainEvent;
  readonly fact: Fact;
}

/**
 * What a stateful projection remembers of its own tables from one batch to the next, so that it need not read them again: nobody else writes
 * them. All of it is forgotten where a batch was not committed, and any of it may be at any time.
 */
export interface Memory {
  get(key: string): unknown;
  set(key: string, value: NonNullable<unknown>): void;
}

/** Takes a batch of events: reads what it needs, and returns what it writes. Where that is too much to be held, it runs a part itself. */
export type Apply = (events: readonly Applied[], run: Run, memory: Memory) => Promise<readonly Sql[]>;

/** A Postgres read model. */
export interface Projection {
  readonly kind: 'projection';
  /** The table's name: `<ctx>_<things>`. */
  readonly name: string;
  /** Raise to rebuild from the log beside the live table and swap. */
  readonly version: number;
  /** `create table <name> (...)`, and its indexes, each statement ended by `;`. Every table has `tenant_id text not null`. */
  readonly table: string;
  readonly on: readonly Subscription<readonly Sql[]>[];
  /** Of a stateful projection: takes the events of a batch instead of the handlers of `on`. */
  readonly apply?: Apply;
  readonly ahead?: Ahead;
}

/**
 * What a stateful projection has to know of events that are gone from the log, before it comes to their places: later events tell of them. All
 * of those are given to `take` before the events of a batch, in its table set, and more than once.
 */
export interface Ahead {
  /** Event types. */
  readonly types: readonly string[];
  readonly take: (events: readonly Applied[], run: Run) => Promise<void>;
}

/**
 * Declares a read model. Handlers are pure: rows depend on events alone (no clock, no randomness, no other table), so that a
 * replay gives the same rows, byte for byte.
 */
export function projection(definition: {
  readonly name: string;
  readonly version: number;
  readonly table: string;
  readonly on: Subscription<readonly Sql[]> | readonly Subscription<readonly Sql[]>[];
}): Projection {
  const on = 'handle' in definition.on ? [definition.on] : definition.on;
  return { kind: 'projection', ...definition, on };
}

/**
 * Declares a read model whose next rows depend on those before, such as a running hash. `apply` reads and writes its own tables
 * alone, and the same events give the same rows however they are cut into batches. Their order is part of the result: an event that cannot
 * be applied is not passed over; it holds the read model back until the program is corrected.
 *
 * @param definition `on` says which events it wants; its handlers are not called
 */
export function statefulProjection(definition: {
  readonly name: string;
  readonly version: number;
  readonly table: string;
  readonly on: Subscription<readonly Sql[]> | readonly Subscription<readonly Sql[]>[];
  readonly apply: Apply;
  readonly ahead?: Ahead;
}): Projection {
  const on = 'handle' in definition.on ? [definition.on] : definition.on;
  return { kind: 'projection', ...definition, on };
}
