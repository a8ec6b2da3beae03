import type { Database } from 'lmdb';
import { indexedRevision, indexKey, positionKey } from './keys.ts';
import { before } from './prove.ts';

/** Where an event of a stream is. */
export interface Entry {
  readonly revision: number;
  /** As the key of the events' table. */
  readonly position: Buffer;
}

/** Revisions `from` to the end of `[first, last]`, in either direction, `limit` of them at most in the index. */
export interface Span {
  readonly from: number;
  readonly first: number;
  readonly last: number;
  readonly backwards: boolean;
  readonly limit: number;
}

/** A stream's entries: those of the index, and the `recent` ones it does not have yet, which are the stream's last. */
export function* entriesOf(
  index: Database<Buffer, Buffer>,
  recent: ReadonlyMap<number, number>,
  { number, span }: { readonly number: number; readonly span: Span },
): Iterable<Entry> {
  const { backwards, first, from, last, limit } = span;
  if (backwards) yield* recentEntries([...recent].reverse(), first, from);
  // The range's end is exclusive, and no key stands before the first revision's.
  const keys = backwards
    ? { start: indexKey(number, from), end: before(indexKey(number, first)), reverse: true, limit }
    : { start: indexKey(number, from), end: indexKey(number, last + 1), limit };
  for (const { key, value } of index.getRange(keys)) yield { revision: indexedRevision(key), position: value };
  if (!backwards) yield* recentEntries([...recent], from, last);
}

function* recentEntries(recent: readonly (readonly [number, number])[], low: number, high: number): Iterable<Entry> {
  for (const [revision, position] of recent)
    if (revision >= low && revision <= high) yield { revision, position: positionKey(position) };
}
