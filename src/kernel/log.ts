import { StoreUnavailable } from './unavailable.ts';

/** The event log as the kernel sees it. The adapter speaks EventStoreDB's protocol. */
export interface EventLog {
  /** Events of one stream, oldest first, from a revision (inclusive). A stream that does not exist is empty. */
  readStream(stream: string, options?: { readonly from?: number; readonly max?: number }): AsyncIterable<LogEvent>;
  /** All events in commit order, from a position (exclusive; undefined: the start), filtered by event type prefixes. */
  readAll(options: {
    readonly after?: bigint | undefined;
    readonly max: number;
    readonly typePrefixes?: readonly string[] | undefined;
  }): Promise<LogPage>;
  /** Wakes when something was appended behind the position; returns at once if something already is. */
  waitBeyond(position: bigint | undefined, signal: AbortSignal): Promise<void>;
  /**
   * Writes atomically. `expected`: the revision of the stream's last event, 'none' for a stream that must not exist, 'any' for facts
   * whose order does not matter. Retries an unknown outcome with the same ids until the answer is durable.
   *
   * @throws {WrongRevision} somebody else wrote meanwhile
   * @throws {LogUnavailable} no durable answer within the deadline
   */
  append(stream: string, events: readonly NewEvent[], expected: number | 'none' | 'any'): Promise<Appended>;
  /**
   * Takes a stream's events before a revision from its readers, for good: the log may free their space from then on. Reads of all events
   * may still find them until it has. Events that are appended later stay. Asking again, or for less than was asked before, changes nothing.
   *
   * @throws {LogUnavailable} no durable answer within the deadline
   */
  truncate(stream: string, beforeRevision: number): Promise<void>;
  /** Commit position of the last event on the log; undefined when it is empty. */
  head(): Promise<bigint | undefined>;
  close(): Promise<void>;
}

export interface NewEvent {
  readonly id: string;
  /** `<ctx>.<Aggregate>.<Event>` */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface LogEvent extends NewEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
}

export interface LogPage {
  readonly events: readonly LogEvent[];
  /** Where to read on from: the last position looked at, beyond the last event where a filter passed events over. */
  readonly next: bigint | undefined;
  /** Nothing more was there at the time of reading. */
  readonly caughtUp: boolean;
}

export interface Appended {
  /** Commit position of the last event. */
  readonly position: bigint;
  /** Revision of the last event in its stream. */
  readonly revision: number;
}

/** The stream is not at the expected revision. */
export class WrongRevision extends Error {
  override readonly name = 'WrongRevision';
}

/** The log gave no durable answer in time. What was asked may or may not have happened; ask again with the same ids. */
export class LogUnavailable extends StoreUnavailable {
  override readonly name: string = 'LogUnavailable';
}

/** The log ends before a position that was read from it once. Nothing is answered from it, and nothing written to it. */
export class LogBehind extends LogUnavailable {
  override readonly name = 'LogBehind';

  constructor(seen: bigint, head: bigint | undefined) {
    super(
      `The event log ends at position ${head ?? 'none'}, and position ${seen} was read from it before: it was restored from an older copy. Put the newer log back, or restore the database from a copy that is as old.`,
    );
  }
}
