import type { StoredEvent } from './record.ts';

/** Events of one page at most; a page is read in one go, so that no snapshot of the file is held across a wait. */
export const pageEvents = 256;
/** Bytes after which a page ends: what a reader that does not take it keeps in memory. */
const pageBytes = 262_144;

/** A page of a read: the events, and whether the end of what is there was reached. */
export interface Page {
  readonly events: readonly StoredEvent[];
  readonly end: boolean;
}

/** Revisions of one stream, inclusive; `first` and `last` are those there are. */
export interface StreamRange {
  readonly from: number;
  readonly first: number;
  readonly last: number;
  readonly backwards: boolean;
  readonly limit?: number;
}

/** As many entries as make a page. */
export function readPage<T>(entries: Iterable<T>, limit: number, eventOf: (entry: T) => StoredEvent): Page {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const event = eventOf(entry);
    events.push(event);
    bytes += event.size;
    if (bytes > pageBytes || events.length === limit) return { events, end: false };
  }
  return { events, end: true };
}
