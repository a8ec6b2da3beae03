import { positionKey, readPosition, recentKey, recentPosition, recentsEnd } from './keys.ts';
import { DamagedRecord, StoredEvent } from './record.ts';
import type { Tables } from './tables.ts';

/** Events, and bytes of them, that wait beside the log's end at most. */
const maxRecents = 64;
const maxRecentBytes = 262_144;
/** Events, and bytes of them, at most of a commit that puts them there; a larger one brings all to their table. */
const smallCommit = 16;
const smallCommitBytes = 65_536;
/** Of the last events, so many, of so many bytes, stay in memory, for those who follow the log. */
const keptEvents = 256;
const keptBytes = 1_048_576;

/** What a commit brings. */
export interface Entry {
  readonly position: number;
  readonly record: Buffer;
}

/**
 * The events by position. A small commit puts its own beside the log's end, on the pages that every commit writes, and not into their
 * table, which is brought up once for many.
 */
export class Log {
  readonly #tables: Tables;
  /** The last events of the log, without a hole; those from `#moved` on are not in their table. */
  #kept: StoredEvent[] = [];
  #keptBytes = 0;
  #moved = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /**
   * The log of a directory that is opened.
   *
   * @throws {DamagedRecord} one of the events beside its end is damaged
   */
  static of(tables: Tables): Log {
    const log = new Log(tables);
    for (const { position, record } of recents(tables)) log.#keep(position, record);
    return log;
  }

  /** @throws {DamagedRecord} */
  get(position: number): StoredEvent | undefined {
    const at = this.#at(position);
    const kept = this.#kept[at];
    if (kept?.position === position) return kept;
    const record = this.#tables.events.get(positionKey(position));
    return record === undefined ? undefined : new StoredEvent(position, record);
  }

  /**
   * Events from a position on.
   *
   * @throws {DamagedRecord}
   */
  *forwards(from: number, limit: number): Iterable<StoredEvent> {
    const isKept = from >= (this.#kept[0]?.position ?? Number.POSITIVE_INFINITY);
    if (!isKept) {
      for (const { key, value } of this.#tables.events.getRange({ start: positionKey(from), limit }))
        yield new StoredEvent(readPosition(key), value);
    }
    yield* this.#kept.slice(isKept ? this.#at(from) : this.#moved);
  }

  /**
   * Events before a position, the last one first.
   *
   * @throws {DamagedRecord}
   */
  *backwards(before: number, limit: number): Iterable<StoredEvent> {
    for (let at = this.#at(before) - 1; at >= 0; at--) yield this.#kept[at] as StoredEvent;
    const end = Math.min(before, this.#kept[0]?.position ?? before);
    const range = { start: positionKey(Math.max(end - 1, 0)), reverse: true, limit };
    for (const { key, value } of this.#tables.events.getRange(range)) yield new StoredEvent(readPosition(key), value);
  }

  /** The event before a position; undefined where there is none, or its own damage keeps it from saying anything. */
  before(position: number): StoredEvent | 'damaged' | undefined {
    return only(this.backwards(position, 1));
  }

  /** The event at a position or behind it. */
  from(position: number): StoredEvent | 'damaged' | undefined {
    return only(this.forwards(position, 1));
  }

  /**
   * Writes events behind the last one; inside a transaction.
   *
   * @param whole whether all are to be in their table
   * @returns what is to be called once they are committed
   */
  write(entries: readonly Entry[], whole: boolean): () => void {
    const bytes = entries.reduce((sum, { record }) => sum + record.length, 0);
    const isSmall = !whole && entries.length <= smallCommit && bytes <= smallCommitBytes;
    const moves = !isSmall || this.#isFull(entries.length, bytes);
    if (moves) this.#move();
    const { events, state } = this.#tables;
    for (const { position, record } of entries) {
      if (isSmall) state.putSync(recentKey(position), record);
      else events.putSync(positionKey(position), record);
    }
    return () => {
      if (moves) this.#moved = this.#kept.length;
      for (const { position, record } of entries) this.#keep(position, record);
      if (!isSmall) this.#moved = this.#kept.length;
      this.#trim();
    };
  }

  /** What is in memory of events is not looked at any more, since some of them are gone; all are in their table. */
  forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#moved = 0;
  }

  #keep(position: number, record: Buffer): void {
    this.#kept.push(new StoredEvent(position, record));
    this.#keptBytes += record.length;
  }

  #isFull(count: number, bytes: number): boolean {
    const waiting = this.#kept.slice(this.#moved);
    const size = waiting.reduce((sum, event) => sum + event.size, 0);
    return waiting.length + count > maxRecents || size + bytes > maxRecentBytes;
  }

  #move(): void {
    const { events, state } = this.#tables;
    for (const event of this.#kept.slice(this.#moved)) {
      events.putSync(positionKey(event.position), event.record);
      state.removeSync(recentKey(event.position));
    }
  }

  /** Once there is twice as much as is to be kept. */
  #trim(): void {
    if (this.#kept.length <= 2 * keptEvents && this.#keptBytes <= 2 * keptBytes) return;
    let from = 0;
    while (from < this.#moved && (this.#kept.length - from > keptEvents || this.#keptBytes > keptBytes))
      this.#keptBytes -= this.#kept[from++]?.size ?? 0;
    this.#kept = this.#kept.slice(from);
    this.#moved -= from;
  }

  /** Where in what is kept the first event at a position or behind it is. */
  #at(position: number): number {
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#kept[middle]?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The events beside the log's end, as they are on the disk. */
export function* recents({ state }: Tables): Iterable<Entry> {
  for (const { key, value } of state.getRange({ start: recentKey(0), end: recentsEnd }))
    yield { position: recentPosition(key), record: value };
}

function only(events: Iterable<StoredEvent>): StoredEvent | 'damaged' | undefined {
  try {
    for (const event of events) return event;
    return undefined;
  } catch (error) {
    if (error instanceof DamagedRecord) return 'damaged';
    throw error;
  }
}
