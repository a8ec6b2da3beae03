import { EventEmitter } from 'node:events';
import { Backlog } from './backlog.ts';
import { CannotOpen } from './cannot-open.ts';
import { Chain, firstPosition } from './chain.ts';
import { Commits } from './commits.ts';
import { entriesOf } from './entries.ts';
import { readTail } from './heads.ts';
import { Health } from './health.ts';
import { lockDirectory } from './lock.ts';
import { Log } from './log.ts';
import { type Page, pageEvents, readPage, type StreamRange } from './page.ts';
import { proveBackwards, proveForwards, proveRevisions } from './prove.ts';
import { DamagedRecord } from './record.ts';
import { indexedEvent, StreamDirectory } from './streams.ts';
import { openTables, type Tables } from './tables.ts';
import type { Outcome, WriteRequest } from './types.ts';
import { CommitQueue } from './writer.ts';

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
  readonly chain: Chain;
  readonly log: Log;
  readonly #backlog: Backlog;
  readonly #queue: CommitQueue;
  readonly #release: () => void;
  readonly #wake = new EventEmitter().setMaxListeners(0);
  #durable: number;

  private constructor(tables: Tables, release: () => void, options: StoreOptions) {
    this.tables = tables;
    this.#release = release;
    this.commits = new Commits(tables);
    this.chain = new Chain(tables);
    const { streamsInMemory = 50_000 } = options;
    this.log = Log.of(tables);
    // Its checksum is proved before anything is written behind it.
    const [last] = this.log.backwards(Number.MAX_SAFE_INTEGER, 1);
    const tail = readTail(tables.state);
    if (last?.position !== tail?.position) throw new DamagedRecord('its last events are lost');
    this.#backlog = Backlog.of(tables, this.log, tail);
    const places = { tables, log: this.log, backlog: this.#backlog };
    this.streams = new StreamDirectory(places, streamsInMemory);
    this.#durable = last?.position ?? 0;
    this.#queue = new CommitQueue({
      ...places,
      commits: this.commits,
      streams: this.streams,
      recentIds: 2 * streamsInMemory,
      // Positions start above 0 and leave room, so that none is ever used twice.
      tail: last === undefined ? firstPosition : last.position + (last.advance || 64 + last.size),
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

  /**
   * Events in commit order: forwards from a position (inclusive), backwards from one (exclusive).
   *
   * @throws {DamagedRecord} one is damaged, or missing
   */
  readAll(from: number, backwards: boolean, limit = pageEvents): Page {
    this.tables.health.prove();
    const most = Math.min(limit, pageEvents);
    const events = backwards ? this.log.backwards(from, most) : this.log.forwards(from, most);
    const page = readPage(events, most, (event) => event);
    if (backwards) proveBackwards(this, page, from);
    else proveForwards(this, page, from);
    return page;
  }

  /**
   * Events of one stream by revision, inclusive, in either direction, within `[first, last]`, which are all there.
   *
   * @throws {DamagedRecord} one is damaged, or missing
   */
  readStream(number: number, range: StreamRange): Page {
    this.tables.health.prove();
    const limit = Math.min(range.limit ?? pageEvents, pageEvents);
    const recent = this.#backlog.positions(number);
    const entries = entriesOf(this.tables.index, recent, { number, span: { ...range, limit } });
    const page = readPage(entries, limit, ({ position, revision }) =>
      indexedEvent(this.log, position, { number, revision }),
    );
    proveRevisions(page, range);
    return page;
  }

  /**
   * Brings index, heads and names up to the end of the log.
   *
   * @throws {WriteFailed}
   */
  settle(): void {
    this.#queue.settle();
  }

  /** Takes no more writes, and answers what waits as not written. */
  stopWriting(): void {
    this.#queue.stop();
  }

  /** Closes the files and frees the directory. */
  async close(): Promise<void> {
    this.#queue.stop();
    try {
      this.#queue.settle();
    } catch {
      // The log has it all, and the next start finds what was not settled.
    }
    await this.tables.env.close();
    this.#release();
  }
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
