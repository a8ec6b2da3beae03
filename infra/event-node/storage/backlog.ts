import { Chain } from './chain.ts';
import { type Head, readHead, type Tail, writeHead } from './heads.ts';
import { indexKey, nameKey, positionKey, streamValue } from './keys.ts';
import type { Log } from './log.ts';
import { DamagedRecord, type StoredEvent } from './record.ts';
import type { Tables } from './tables.ts';
import { tombstoneRevision } from './types.ts';

/** Where an event is. */
interface Place {
  readonly streamNumber: number;
  readonly revision: number;
  readonly position: number;
}

/** What events of the log bring into the tables that lead to them. */
export interface Change {
  readonly drafts: readonly Place[];
  /** By the stream's name. */
  readonly heads: ReadonlyMap<string, Head>;
  /** Numbers of streams that are new, by their names. */
  readonly created: ReadonlyMap<string, number>;
}

/** Brings index, heads and names up to the change; inside a transaction. */
export function settle({ heads, index, streams }: Tables, change: Change): void {
  for (const [name, number] of change.created) streams.putSync(nameKey(name), streamValue(number, name));
  for (const { position, revision, streamNumber } of change.drafts)
    index.putSync(indexKey(streamNumber, revision), positionKey(position));
  for (const [name, head] of change.heads) writeHead(heads, name, head);
}

/**
 * The last events of the log, which index, heads and names do not have yet. An append is durable with its event and the log's end alone;
 * the pages of the other tables are changed once for many appends. The log itself says, at the next start, what was not settled.
 */
export class Backlog implements Change {
  readonly drafts: Place[] = [];
  readonly heads = new Map<string, Head>();
  readonly created = new Map<string, number>();
  readonly #positions = new Map<number, Map<number, number>>();
  #indexed: number;

  constructor(indexed: number) {
    this.#indexed = indexed;
  }

  /**
   * What a directory has that was not settled when it was left.
   *
   * @throws {DamagedRecord} an event of it is damaged or missing, or its stream is
   */
  static of(tables: Tables, log: Log, tail: Tail | undefined): Backlog {
    const backlog = new Backlog(tail?.indexed ?? 0);
    if (tail === undefined || tail.indexed === tail.position) return backlog;
    const chain = new Chain(tables);
    let before = log.before(tail.indexed + 1);
    for (const event of log.forwards(tail.indexed + 1, Number.MAX_SAFE_INTEGER)) {
      if (before !== 'damaged') chain.prove(before, event);
      before = event;
      backlog.#takeUp(tables, event);
    }
    return backlog;
  }

  /** Position of the last event that all tables have; 0 before the first. */
  get indexed(): number {
    return this.#indexed;
  }

  /** Position of the last event. */
  get last(): number {
    return this.drafts.at(-1)?.position ?? this.#indexed;
  }

  /** Where the event at a revision is, if it is here. */
  positionOf(streamNumber: number, revision: number): number | undefined {
    return this.#positions.get(streamNumber)?.get(revision);
  }

  /** Positions of a stream's events that are here, by revision, rising: the last ones of the stream. */
  positions(streamNumber: number): ReadonlyMap<number, number> {
    return this.#positions.get(streamNumber) ?? new Map();
  }

  /** Takes what was committed. */
  add({ created, drafts, heads }: Change): void {
    for (const place of drafts) this.#place(place);
    for (const [name, head] of heads) this.heads.set(name, head);
    for (const [name, number] of created) this.created.set(name, number);
  }

  /** The tables have all up to a position. */
  clear(indexed: number): void {
    this.#indexed = indexed;
    this.drafts.length = 0;
    this.heads.clear();
    this.created.clear();
    this.#positions.clear();
  }

  // The draft itself is not kept, since it holds the event's data.
  #place({ position, revision, streamNumber }: Place): void {
    this.drafts.push({ position, revision, streamNumber });
    const known = this.#positions.get(streamNumber);
    if (known === undefined) this.#positions.set(streamNumber, new Map([[revision, position]]));
    else known.set(revision, position);
  }

  #takeUp(tables: Tables, event: StoredEvent): void {
    const { revision, streamName, streamNumber } = event;
    const head = this.heads.get(streamName) ?? this.#settled(tables, streamName, streamNumber);
    const follows = revision === (head?.last ?? -1) + 1 || revision === tombstoneRevision;
    if (!follows || (head !== undefined && head.number !== streamNumber)) disagree(streamName);
    if (head === undefined) this.created.set(streamName, streamNumber);
    this.heads.set(streamName, { number: streamNumber, first: head?.first ?? 0, last: revision });
    this.#place(event);
  }

  #settled(tables: Tables, name: string, number: number): Head | undefined {
    const head = readHead(tables.heads, name);
    const named = tables.streams.get(nameKey(name))?.readUInt32BE(0);
    if (head === undefined ? named !== undefined : named !== number) disagree(name);
    return head;
  }
}

function disagree(name: string): never {
  throw new DamagedRecord(`the tables do not agree on the stream "${name}"`);
}
