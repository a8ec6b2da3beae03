import { randomUUID } from 'node:crypto';
import type { RecentIds } from './recent-ids.ts';
import type { Draft } from './record.ts';
import type { Head, StreamDirectory } from './streams.ts';
import {
  deletedMark,
  type Expected,
  type Outcome,
  type Proposed,
  tombstoneRevision,
  type WriteRequest,
} from './types.ts';

/** The writes of one commit, decided one after the other: each sees what the ones before it will have written. */
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
  readonly #deleted = new Map<string, boolean>();

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
    const head = this.#head(request.stream);
    if (head?.last === tombstoneRevision) return { kind: 'tombstoned' };
    const last = head?.last ?? -1;
    const deleted = last >= 0 && this.#isDeleted(request.stream);
    const repeated = deleted ? undefined : this.#repeated(request, last);
    if (repeated !== undefined) return repeated;
    if (!acceptable(request, last, deleted)) {
      return { kind: 'wrong-revision', current: last < 0 || deleted ? undefined : last };
    }
    if (request.kind === 'delete') return this.#mark(request.stream, '9223372036854775807');
    if (deleted && request.kind === 'append') this.#mark(request.stream, String(last + 1));
    return this.#write(request, head, last);
  }

  #write(request: WriteRequest, head: Head | undefined, last: number): Outcome {
    if (request.events.length === 0) return { kind: 'written', revision: last, position: undefined };
    const number = head?.number ?? this.#create(request.stream);
    let revision = last;
    let position = 0;
    for (const event of request.events) {
      revision = request.kind === 'tombstone' ? tombstoneRevision : revision + 1;
      position = this.tail;
      const place = { position, streamNumber: number, streamName: request.stream, revision, createdMs: this.#nowMs };
      this.#draft({ ...event, ...place });
      this.tail += 64 + event.data.length + event.metadata.length;
    }
    this.heads.set(request.stream, { number, last: revision });
    return { kind: 'written', revision, position };
  }

  #draft(draft: Draft): void {
    this.drafts.push(draft);
    const byRevision = this.#byStream.get(draft.streamName) ?? new Map<number, Draft>();
    byRevision.set(draft.revision, draft);
    this.#byStream.set(draft.streamName, byRevision);
    if (draft.streamName.startsWith('$$')) {
      this.#deleted.set(draft.streamName.slice(2), truncatedAt(draft.data) >= deletedMark);
    }
  }

  #create(name: string): number {
    const number = this.#streams.assignNumber();
    this.created.set(name, number);
    return number;
  }

  #head(name: string): Head | undefined {
    return this.heads.get(name) ?? this.#streams.head(name);
  }

  #isDeleted(name: string): boolean {
    return this.#deleted.get(name) ?? this.#streams.isDeleted(name);
  }

  /**
   * Sets a stream's first readable revision in its metadata, the other metadata kept: deleting is the largest one, writing to a
   * deleted stream brings it back from the next revision on.
   */
  #mark(name: string, first: string): Outcome {
    const stream = `$$${name}`;
    const { $tb: _before, ...kept } = this.#streams.metadata(name);
    // As text, because JSON.stringify would round the largest 64-bit number.
    const data = JSON.stringify({ ...kept, $tb: 0 }).replace(/"\$tb":0\}$/, `"$$tb":${first}}`);
    const head = this.#head(stream);
    const event: Proposed = {
      id: randomUUID(),
      type: '$metadata',
      contentType: 'application/json',
      data: Buffer.from(data),
      metadata: Buffer.alloc(0),
    };
    const request: WriteRequest = { stream, expected: 'any', events: [event], kind: 'append', isExpired: () => false };
    return this.#write(request, head, head?.last ?? -1);
  }

  /** A retry of a write that is there already: the same event ids where they would have been written. */
  #repeated({ events, expected, stream }: WriteRequest, last: number): Outcome | undefined {
    const [first] = events;
    if (first === undefined || last < 0) return undefined;
    const start = this.#expectedStart(stream, expected, first.id);
    if (start === undefined || start > last) return undefined;
    let position: number | undefined;
    for (const [index, event] of events.entries()) {
      const stored = this.#identity(stream, start + index);
      if (stored === undefined || stored.id !== idHex(event.id)) return undefined;
      position = stored.position;
    }
    return { kind: 'written', revision: start + events.length - 1, position };
  }

  #expectedStart(stream: string, expected: Expected, id: string): number | undefined {
    if (typeof expected === 'number') return expected + 1;
    if (expected === 'no_stream') return 0;
    for (const [revision, draft] of this.#byStream.get(stream) ?? [])
      if (idHex(draft.id) === idHex(id)) return revision;
    return this.#recent.find(stream, id);
  }

  #identity(stream: string, revision: number): { readonly id: string; readonly position: number } | undefined {
    const pending = this.#byStream.get(stream)?.get(revision);
    if (pending !== undefined) return { id: idHex(pending.id), position: pending.position };
    const head = this.#streams.head(stream);
    const stored = head === undefined ? undefined : this.#streams.at(head.number, revision);
    return stored === undefined ? undefined : { id: stored.idHex, position: stored.position };
  }
}

function idHex(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

function truncatedAt(metadata: Uint8Array): number {
  try {
    const parsed = JSON.parse(Buffer.from(metadata).toString('utf8')) as { $tb?: unknown } | null;
    return typeof parsed?.$tb === 'number' ? parsed.$tb : 0;
  } catch {
    return 0;
  }
}

function acceptable({ expected, kind }: WriteRequest, last: number, deleted: boolean): boolean {
  if (kind === 'delete' && (last < 0 || deleted)) return false;
  return meets(expected, last, deleted);
}

function meets(expected: Expected, last: number, deleted: boolean): boolean {
  if (expected === 'any') return true;
  if (expected === 'no_stream') return last < 0 || deleted;
  if (expected === 'stream_exists') return last >= 0 && !deleted;
  return expected === last;
}
