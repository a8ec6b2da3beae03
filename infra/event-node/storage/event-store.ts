import { EventEmitter } from 'node:events';
import { CannotOpen } from './cannot-open.ts';
import { Commits } from './commits.ts';
import { Health } from './health.ts';
import { indexedRevision, indexKey, positionKey, readPosition } from './keys.ts';
import { lockDirectory } from './lock.ts';
import { DamagedRecord, StoredEvent } from './record.ts';
import { indexedEvent, StreamDirectory } from './streams.ts';
import { openTables, type Tables } from './tables.ts';
import { type Outcome, tombstoneRevision, type WriteRequest } from './types.ts';
import { CommitQueue } from './writer.ts';

/** Events of one page at most; a page is read in one go, so that no snapshot of the file is held across a wait. */
const pageEvents = 256;
/** Bytes after which a page ends: what a reader that does not take it keeps in memory. */
const pageBytes = 262_144;

/** A page of a read: the events, and whether the end of what is there was reached. */
export interface Page {
  readonly events: readonly StoredEvent[];
  readonly end: boolean;
}

export interface StoreOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told why where the disk, or the loss of the directory, refuses writes. */
  readonly onRefusal?: (reason: string) => void;
  /** Told once the disk has failed for good: nothing is read or written from then on. */
  readonly onFailure?: (failure: Error) => void;
  /** Streams whose place is kept in memory, at most; 50,000 where absent. The room for them is taken at once. */
  readonly streamsInMemory?: number;
}

/** The node's storage: one writer, any number of readers, all in this process. */
export class EventStore {
  readonly streams: StreamDirectory;
  readonly tables: Tables;
  readonly commits: Commits;
  readonly #queue: CommitQueue;
  readonly #release: () => void;
  readonly #wake = new EventEmitter().setMaxListeners(0);
  #durable: number;

  private constructor(tables: Tables, release: () => void, options: StoreOptions) {
    this.tables = tables;
    this.#release = release;
    this.commits = new Commits(tables);
    const { streamsInMemory = 50_000 } = options;
    this.streams = new StreamDirectory(tables, streamsInMemory);
    const last = lastEvent(tables);
    this.#durable = last?.position ?? 0;
    this.#queue = new CommitQueue({
      tables,
      commits: this.commits,
      streams: this.streams,
      recentIds: 2 * streamsInMemory,
      // Positions start above 0 and leave room, so that none is ever used twice.
      tail: last === undefined ? 64 : last.position + 64 + last.size,
      now: options.now ?? Date.now,
      refused: options.onRefusal ?? (() => undefined),
      published: (position) => {
        this.#durable = position;
        this.#wake.emit('wake');
      },
    });
  }

  /**
   * Opens a directory for the one writer.
   *
   * @throws {CannotOpen} in use, of a newer format, damaged, or not ours
   */
  static open(dir: string, options: StoreOptions = {}): EventStore {
    const opened = openLocked(dir, new Health(options.onFailure));
    try {
      return EventStore.over(opened.tables, opened.release, options);
    } catch (error) {
      void opened.tables.env.close();
      opened.release();
      if (error instanceof DamagedRecord)
        throw new CannotOpen(`${dir} is damaged (${error.message}); restore it from a backup.`);
      throw CannotOpen.of(`${dir} cannot be opened`, error, 'restore it from a backup');
    }
  }

  /**
   * The store over tables that are open and locked.
   *
   * @throws {DamagedRecord} the last event does not match its checksum
   */
  static over(tables: Tables, release: () => void, options: StoreOptions = {}): EventStore {
    return new EventStore(tables, release, options);
  }

  /** Position of the last durable event; 0 while there is none. Readers never see beyond it. */
  get durable(): number {
    return this.#durable;
  }

  get counters(): { readonly commits: number; readonly written: number } {
    return { commits: this.#queue.commits, written: this.#queue.written };
  }

  write(request: WriteRequest): Promise<Outcome> {
    return this.#queue.write(request);
  }

  /** Calls back on every commit, until the returned function is called. */
  onCommit(listener: () => void): () => void {
    this.#wake.on('wake', listener);
    return () => this.#wake.off('wake', listener);
  }

  /** Events in commit order: forwards from a position (inclusive), backwards from one (exclusive). */
  readAll(from: number, backwards: boolean, limit = pageEvents): Page {
    this.tables.health.prove();
    const range = backwards
      ? { start: positionKey(Math.max(from - 1, 0)), reverse: true, limit: Math.min(limit, pageEvents) }
      : { start: positionKey(from), limit: Math.min(limit, pageEvents) };
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const { key, value } of this.tables.events.getRange(range)) {
      events.push(new StoredEvent(readPosition(key), value));
      bytes += value.length;
      if (bytes > pageBytes) return { events, end: false };
    }
    return { events, end: events.length < range.limit };
  }

  /** Events of one stream by revision, inclusive, in either direction, within `[first, last]`. */
  readStream(number: number, range: StreamRange): Page {
    this.tables.health.prove();
    const limit = Math.min(range.limit ?? pageEvents, pageEvents);
    const keys = range.backwards
      ? {
          start: indexKey(number, range.from),
          end: indexKey(number, Math.max(range.first - 1, 0)),
          reverse: true,
          limit,
        }
      : { start: indexKey(number, range.from), end: indexKey(number, range.last + 1), limit };
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const { key, value } of this.tables.index.getRange(keys)) {
      const event = indexedEvent(this.tables, value, { number, revision: indexedRevision(key) });
      proveNext(events.at(-1), event);
      bytes += event.size;
      events.push(event);
      if (bytes > pageBytes) return { events, end: false };
    }
    // The range's end is exclusive, so revision 0 is fetched apart.
    if (
      range.backwards &&
      range.first === 0 &&
      events.length < limit &&
      !events.some((event) => event.revision === 0)
    ) {
      const zero = this.streams.at(number, 0);
      if (zero !== undefined) events.push(zero);
    }
    return { events, end: events.length < limit };
  }

  /** Takes no more writes, and answers what waits as not written. */
  stopWriting(): void {
    this.#queue.stop();
  }

  /** Closes the files and frees the directory. */
  async close(): Promise<void> {
    this.#queue.stop();
    await this.tables.env.close();
    this.#release();
  }
}

export interface StreamRange {
  readonly from: number;
  readonly first: number;
  readonly last: number;
  readonly backwards: boolean;
  readonly limit?: number;
}

function openLocked(dir: string, health: Health): { readonly tables: Tables; readonly release: () => void } {
  // The directory must be there before it can be locked, and be locked before the file is opened for writing.
  let release: () => void = () => undefined;
  try {
    const tables = openTables(dir, {
      health,
      beforeOpen: () => {
        release = lockDirectory(dir);
      },
    });
    return { tables, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Revisions of a stream follow each other; only its beginning can be scavenged, and a tombstone stands apart. */
function proveNext(before: StoredEvent | undefined, event: StoredEvent): void {
  if (before === undefined || Math.abs(event.revision - before.revision) === 1) return;
  if (Math.max(event.revision, before.revision) === tombstoneRevision) return;
  throw new DamagedRecord(
    `the index is damaged: an event between positions ${before.position} and ${event.position} is lost`,
  );
}

/** The last event; its checksum is proved before anything is written behind it. */
function lastEvent(tables: Tables): StoredEvent | undefined {
  for (const { key, value } of tables.events.getRange({ reverse: true, limit: 1 })) {
    return new StoredEvent(readPosition(key), value);
  }
  return undefined;
}
