import type { EventStore } from '../storage/event-store.ts';
import type { StoredEvent } from '../storage/record.ts';
import type { View } from '../storage/streams.ts';
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

const nothing: Look = { events: [], end: true, searched: undefined, scanned: 0 };

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
      const { kept, last, scanned } = sift(page.events, filter, limit);
      if (last !== undefined) at = backwards ? last.position : last.position + 1;
      return { events: kept, end: page.end && scanned === page.events.length, searched: last?.position, scanned };
    },
  };
}

/** The first `limit` events that pass the filter, and how far that was. */
function sift(
  events: readonly StoredEvent[],
  filter: EventFilter | undefined,
  limit: number,
): { readonly kept: readonly StoredEvent[]; readonly last: StoredEvent | undefined; readonly scanned: number } {
  if (filter === undefined) return { kept: events, last: events.at(-1), scanned: events.length };
  const kept: StoredEvent[] = [];
  for (const [index, event] of events.entries()) {
    if (filter.matches(event)) kept.push(event);
    if (kept.length === limit) return { kept, last: event, scanned: index + 1 };
  }
  return { kept, last: events.at(-1), scanned: events.length };
}

/** Reads a stream by revision, what is truncated or expired left out. `from` undefined: the end it starts at. */
export function streamCursor(
  store: EventStore,
  name: string,
  from: number | undefined,
  options: { readonly direction: Direction; readonly now: () => number },
): Cursor & { exists(): boolean } {
  const step = options.direction === 'backwards' ? backwardsStep : forwardsStep;
  let at = from;
  const look = (): View | undefined => {
    if (store.streams.head(name)?.last === tombstoneRevision) throw errors.streamDeleted(name);
    return store.streams.view(name, options.now());
  };
  return {
    exists: () => look() !== undefined,
    next: (limit) => {
      const seen = look();
      if (seen === undefined) return nothing;
      const range = step(seen, at);
      if (range === undefined) return nothing;
      const page = store.readStream(seen.number, { ...seen, ...range, limit });
      const last = page.events.at(-1);
      if (last !== undefined) at = last.revision + (range.backwards ? -1 : 1);
      const events = page.events.filter((event) => event.createdMs >= seen.notBefore);
      return { events, end: page.end, searched: undefined, scanned: page.events.length };
    },
  };
}

type Step = (seen: View, at: number | undefined) => { readonly from: number; readonly backwards: boolean } | undefined;

const forwardsStep: Step = (seen, at = 0) => {
  const from = Math.max(at, seen.first);
  return from > seen.last ? undefined : { from, backwards: false };
};

const backwardsStep: Step = (seen, at = seen.last) => {
  const from = Math.min(at, seen.last);
  return from < seen.first ? undefined : { from, backwards: true };
};
