import type { EventStore } from '../storage/event-store.ts';
import type { StoredEvent } from '../storage/record.ts';
import { tombstoneRevision } from '../storage/types.ts';
import { errors } from './errors.ts';
import type { EventFilter } from './filter.ts';

/** What a cursor found in one look. */
export interface Look {
  readonly events: readonly StoredEvent[];
  /** Nothing more is there now. */
  readonly end: boolean;
  /** Position up to which `$all` was searched. */
  readonly searched: number | undefined;
  /** Events looked at, those the filter passed over included. */
  readonly scanned: number;
}

/** A place in a stream or in `$all` from which a read goes on. */
export interface Cursor {
  next(limit: number): Look;
}

export type Direction = 'forwards' | 'backwards';

/** Reads `$all` from a position on: inclusive forwards, exclusive backwards. */
export function allCursor(
  store: EventStore,
  from: number,
  direction: Direction,
  filter: EventFilter | undefined,
): Cursor {
  let at = from;
  const backwards = direction === 'backwards';
  return {
    next: (limit) => {
      const page = store.readAll(at, backwards, filter === undefined ? limit : undefined);
      const kept: StoredEvent[] = [];
      let scanned = 0;
      let searched: number | undefined;
      for (const event of page.events) {
        scanned++;
        searched = event.position;
        if (filter === undefined || filter.matches(event)) kept.push(event);
        if (kept.length === limit) break;
      }
      if (searched !== undefined) at = backwards ? searched : searched + 1;
      return { events: kept, end: page.end && scanned === page.events.length, searched, scanned };
    },
  };
}

/** Reads a stream by revision, what is truncated or expired left out. `from` undefined: the end it starts at. */
export function streamCursor(
  store: EventStore,
  name: string,
  from: number | undefined,
  options: { readonly direction: Direction; readonly now: () => number },
): Cursor & { exists(): boolean } {
  const backwards = options.direction === 'backwards';
  let at = from;
  const view = () => {
    const head = store.streams.head(name);
    if (head !== undefined && head.last === tombstoneRevision) throw errors.streamDeleted(name);
    return store.streams.view(name, options.now());
  };
  return {
    exists: () => view() !== undefined,
    next: (limit) => {
      const seen = view();
      if (seen === undefined) return { events: [], end: true, searched: undefined, scanned: 0 };
      const start = backwards ? Math.min(at ?? seen.last, seen.last) : Math.max(at ?? 0, seen.first);
      if (backwards ? start < seen.first : start > seen.last)
        return { events: [], end: true, searched: undefined, scanned: 0 };
      const page = store.readStream(seen.number, { ...seen, from: start, backwards, limit });
      const last = page.events.at(-1);
      if (last !== undefined) at = backwards ? last.revision - 1 : last.revision + 1;
      const events = page.events.filter((event) => event.createdMs >= seen.notBefore);
      return {
        events,
        end: page.end || (backwards && (at ?? 0) < 0),
        searched: undefined,
        scanned: page.events.length,
      };
    },
  };
}
