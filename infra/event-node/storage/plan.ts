import { randomUUID } from 'node:crypto';
import type { Head } from './heads.ts';
import { deletedMetadata, marksDeleted, metadataFrom, parseMetadata } from './metadata.ts';
import type { RecentIds } from './recent-ids.ts';
import { advanceOf, type Draft } from './record.ts';
import type { StreamDirectory } from './streams.ts';
import { type Outcome, type Proposed, tombstoneRevision, type WriteRequest } from './types.ts';

/**
 * The writes of one commit, decided one after the other: each sees what the ones before it will have written. Every decision is
 * EventStoreDB's own, for retries, deleted streams and streams that have only metadata too.
 */
export class Plan {
  readonly drafts: Draft[] = [];
  readonly created = new Map<string, number>();
  readonly heads = new Map<string, Head>();
  /** Position of the next event. */
  tail: number;
  readonly #streams: StreamDirectory;
  readonly #recent: RecentIds;
  readonly #nowMs: number;
  readonly #byStream = new Map<string, Map<number, Draft>>();

  constructor(options: {
    readonly streams: StreamDirectory;
    readonly recent: RecentIds;
    readonly tail: number;
    readonly nowMs: number;
  }) {
    this.#streams = options.streams;
    this.#recent = options.recent;
    this.tail = options.tail;
    this.#nowMs = options.nowMs;
  }

  add(request: WriteRequest): Outcome {
    const { expected, kind, stream } = request;
    const last = this.#last(stream);
    if (last === tombstoneRevision) return { kind: 'tombstoned' };
    // Of a stream and its metadata stream: the stream.
    const subject = stream.startsWith('$$') ? stream.slice(2) : stream;
    const subjectLast = this.#last(subject);
    const subjectDeleted = this.#isDeleted(subject);
    const deleted = subjectDeleted && subject === stream;
    if (expected === 'stream_exists' && deleted) return { kind: 'tombstoned' };
    const repeated = this.#repeated(request, last);
    if (repeated !== undefined) return repeated;
    if (!this.#isMet(request, last, deleted)) return wrongRevision(last);
    if (kind === 'delete') return this.#writeMetadata(stream, deletedMetadata);
    const written = this.#write(stream, request.events, kind === 'tombstone');
    if (subjectDeleted && kind === 'append' && request.events.length > 0) this.#bringBack(subject, subjectLast + 1);
    return written;
  }

  #isMet({ expected, kind, stream }: WriteRequest, last: number, deleted: boolean): boolean {
    const exists = last >= 0 || this.#last(`$$${stream}`) >= 0;
    if (kind === 'delete' && !exists) return false;
    if (expected === 'any') return true;
    if (expected === 'no_stream') return last < 0 || deleted;
    return expected === 'stream_exists' ? exists : expected === last;
  }

  #write(stream: string, events: readonly Proposed[], isTombstone = false): Outcome {
    const last = this.#last(stream);
    if (events.length === 0) return { kind: 'written', revision: last, position: undefined };
    const streamNumber = this.#head(stream)?.number ?? this.#create(stream);
    let revision = last;
    let position = 0;
    for (const event of events) {
      revision = isTombstone ? tombstoneRevision : revision + 1;
      position = this.tail;
      this.#draft({ ...event, position, streamNumber, streamName: stream, revision, createdMs: this.#nowMs });
      this.tail += advanceOf(event);
    }
    this.heads.set(stream, { number: streamNumber, first: this.#head(stream)?.first ?? 0, last: revision });
    return { kind: 'written', revision, position };
  }

  #draft(draft: Draft): void {
    this.drafts.push(draft);
    const byRevision = this.#byStream.get(draft.streamName) ?? new Map<number, Draft>();
    byRevision.set(draft.revision, draft);
    this.#byStream.set(draft.streamName, byRevision);
  }

  #create(name: string): number {
    const number = this.#streams.assignNumber();
    this.created.set(name, number);
    return number;
  }

  #head(name: string): Head | undefined {
    return this.heads.get(name) ?? this.#streams.head(name);
  }

  #last(name: string): number {
    return this.#head(name)?.last ?? -1;
  }

  /** Data of the metadata event this commit writes last to a stream. */
  #pendingMetadata(name: string): Uint8Array | undefined {
    const written = this.#byStream.get(`$$${name}`);
    return written?.get(this.#last(`$$${name}`))?.data;
  }

  #isDeleted(name: string): boolean {
    const pending = name.startsWith('$$') ? undefined : this.#pendingMetadata(name);
    return marksDeleted(pending === undefined ? this.#streams.metadata(name) : parseMetadata(pending));
  }

  /** A deleted stream comes back, from the next revision on, by a write to it or to its metadata. */
  #bringBack(name: string, firstRevision: number): void {
    const current = this.#pendingMetadata(name) ?? this.#streams.metadataEvent(name)?.data;
    const data = current === undefined ? undefined : metadataFrom(current, firstRevision);
    if (data !== undefined) this.#writeMetadata(name, data);
  }

  #writeMetadata(name: string, data: Buffer): Outcome {
    const metadata = Buffer.alloc(0);
    const event = { id: randomUUID(), type: '$metadata', contentType: 'application/json', data, metadata };
    return this.#write(`$$${name}`, [event]);
  }

  /** The answer to a retry of a write that is there already; a write that is there in part is refused. */
  #repeated(request: WriteRequest, last: number): Outcome | undefined {
    let place: { readonly revision: number; readonly position: number } | undefined;
    for (const [index, { id }] of request.events.entries()) {
      const found = this.#placeOf(request, id, index);
      if (found === undefined) return index === 0 ? undefined : wrongRevision(last);
      place = found;
    }
    return place === undefined ? undefined : { kind: 'written', ...place };
  }

  /** Where the event is that a retry repeats: at the revision expected of it, or where its id went lately. */
  #placeOf(
    { expected, stream }: WriteRequest,
    id: string,
    index: number,
  ): { readonly revision: number; readonly position: number } | undefined {
    if (expected === 'any' || expected === 'stream_exists') {
      const revision = this.#pendingRevision(stream, id) ?? this.#recent.find(stream, id);
      const position = revision === undefined ? undefined : this.#identity(stream, revision)?.position;
      return revision === undefined || position === undefined ? undefined : { revision, position };
    }
    const revision = (expected === 'no_stream' ? -1 : expected) + 1 + index;
    const stored = this.#identity(stream, revision);
    return stored?.id === idHex(id) ? { revision, position: stored.position } : undefined;
  }

  #pendingRevision(stream: string, id: string): number | undefined {
    for (const [revision, draft] of this.#byStream.get(stream) ?? []) {
      if (idHex(draft.id) === idHex(id)) return revision;
    }
    return undefined;
  }

  #identity(stream: string, revision: number): { readonly id: string; readonly position: number } | undefined {
    const pending = this.#byStream.get(stream)?.get(revision);
    if (pending !== undefined) return { id: idHex(pending.id), position: pending.position };
    const head = this.#streams.head(stream);
    if (head === undefined || revision > head.last) return undefined;
    const stored = this.#streams.at(head.number, revision);
    return stored === undefined ? undefined : { id: stored.idHex, position: stored.position };
  }
}

function wrongRevision(last: number): Outcome {
  return { kind: 'wrong-revision', current: last < 0 ? undefined : last };
}

function idHex(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
