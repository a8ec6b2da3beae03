import { LRUCache } from 'lru-cache';
import type { Backlog } from './backlog.ts';
import { type Head, readHead, readTail, writeHead } from './heads.ts';
import { indexKey, nameKey, positionKey, readPosition } from './keys.ts';
import type { Log } from './log.ts';
import { marksDeleted, metadataOfMetadata, parseMetadata, type StreamMetadata } from './metadata.ts';
import { DamagedRecord, type StoredEvent } from './record.ts';
import type { Tables } from './tables.ts';

/** A stream as a reader must see it. */
export interface View {
  readonly number: number;
  readonly last: number;
  /** The first revision that is neither truncated nor scavenged. */
  readonly first: number;
  /** Events created before this, in milliseconds since the epoch, have expired. */
  readonly notBefore: number;
}

/** Where streams are found. */
interface Places {
  readonly tables: Tables;
  readonly log: Log;
  readonly backlog: Backlog;
}

/** Names, numbers, last revisions and metadata of streams: a bounded memory over the tables. */
export class StreamDirectory {
  readonly #tables: Tables;
  readonly #log: Log;
  readonly #backlog: Backlog;
  readonly #heads: LRUCache<string, Head>;
  readonly #metadata: LRUCache<string, StreamMetadata>;
  #nextNumber: number;

  /** @param max streams kept in memory */
  constructor({ backlog, log, tables }: Places, max: number) {
    this.#tables = tables;
    this.#log = log;
    this.#backlog = backlog;
    this.#heads = new LRUCache({ max });
    this.#metadata = new LRUCache({ max: Math.ceil(max / 2.5) });
    this.#nextNumber = readTail(tables.state)?.nextStreamNumber ?? 1;
  }

  /**
   * The stream's head; undefined where no event was ever written to it.
   *
   * @throws {DamagedRecord} the ways that lead to it do not agree
   */
  head(name: string): Head | undefined {
    this.#tables.health.prove();
    const known = this.#heads.get(name) ?? this.#backlog.heads.get(name);
    if (known !== undefined) return known;
    const number = this.#number(name);
    const head = readHead(this.#tables.heads, name);
    if (head === undefined && number === undefined) return undefined;
    if (head === undefined || head.number !== number || this.at(number, head.last)?.streamName !== name)
      throw new DamagedRecord(`the tables are damaged: they do not agree on the stream "${name}"`);
    this.#heads.set(name, head);
    return head;
  }

  /** The number of the next new stream. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** A number for a stream that is about to get its first event. */
  assignNumber(): number {
    return this.#nextNumber++;
  }

  /** Remembers what was committed. */
  committed(name: string, head: Head): void {
    this.#heads.set(name, head);
    if (name.startsWith('$$')) this.#metadata.delete(name.slice(2));
  }

  /** Keeps from which revision on a scavenge has left a stream; inside a transaction. */
  keepFrom(name: string, head: Head): void {
    writeHead(this.#tables.heads, name, head);
    this.#heads.delete(name);
  }

  /** What the last event of `$$name` says. */
  metadata(name: string): StreamMetadata {
    if (name.startsWith('$$')) return metadataOfMetadata;
    const known = this.#metadata.get(name);
    if (known !== undefined) return known;
    const event = this.metadataEvent(name);
    const metadata = event === undefined ? {} : parseMetadata(event.data);
    this.#metadata.set(name, metadata);
    return metadata;
  }

  /** The last event of `$$name`. */
  metadataEvent(name: string): StoredEvent | undefined {
    const head = this.head(`$$${name}`);
    return head === undefined ? undefined : this.required(head.number, head.last);
  }

  /** What of a stream may be read now; undefined where it does not exist or is deleted. */
  view(name: string, nowMs: number): View | undefined {
    const head = this.head(name);
    if (head === undefined) return undefined;
    const metadata = this.metadata(name);
    if (marksDeleted(metadata)) return undefined;
    const { $maxAge, $maxCount, $tb } = metadata;
    return {
      number: head.number,
      last: head.last,
      first: Math.max($tb ?? 0, $maxCount === undefined ? 0 : head.last - $maxCount + 1, head.first),
      notBefore: $maxAge === undefined ? 0 : nowMs - $maxAge * 1_000,
    };
  }

  /**
   * The event at a revision of a stream.
   *
   * @throws {DamagedRecord}
   */
  at(number: number, revision: number): StoredEvent | undefined {
    this.#tables.health.prove();
    const recent = this.#backlog.positionOf(number, revision);
    const position = recent === undefined ? this.#tables.index.get(indexKey(number, revision)) : positionKey(recent);
    return position === undefined ? undefined : indexedEvent(this.#log, position, { number, revision });
  }

  /**
   * The event at a revision that is there.
   *
   * @throws {DamagedRecord} it is not
   */
  required(number: number, revision: number): StoredEvent {
    const event = this.at(number, revision);
    if (event !== undefined) return event;
    throw new DamagedRecord(`the index is damaged: revision ${revision} of a stream is lost`);
  }

  #number(name: string): number | undefined {
    const value = this.#tables.streams.get(nameKey(name));
    return value === undefined ? undefined : value.readUInt32BE(0);
  }
}

/**
 * The event the index leads to, proved to be the one that was looked for.
 *
 * @throws {DamagedRecord}
 */
export function indexedEvent(
  log: Log,
  position: Buffer,
  { number, revision }: { readonly number: number; readonly revision: number },
): StoredEvent {
  const event = position.length === 8 ? log.get(readPosition(position)) : undefined;
  if (event === undefined) throw new DamagedRecord('the index is damaged: it leads to a position without an event');
  return event.expectedAt(number, revision);
}
