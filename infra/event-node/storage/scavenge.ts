import type { EventStore } from './event-store.ts';
import { marksDeleted } from './metadata.ts';
import { indexKey, positionKey } from './tables.ts';
import { tombstoneRevision } from './types.ts';

/** What a scavenge did. */
export interface ScavengeResult {
  readonly streams: number;
  readonly eventsRemoved: number;
  readonly bytesFreed: number;
}

/** Events removed in one transaction; between two, readers and writers have their turn. */
const batchSize = 500;

/**
 * Frees the space of events that no reader sees any more: deleted, truncated, counted out, expired, tombstoned. Positions and revisions
 * of what stays do not move. The last event of a stream stays, so that its numbers go on from there.
 */
export async function scavenge(
  store: EventStore,
  nowMs: number,
  shouldStop = (): boolean => false,
): Promise<ScavengeResult> {
  let eventsRemoved = 0;
  let bytesFreed = 0;
  let streams = 0;
  for (const name of [...names(store)]) {
    if (shouldStop()) break;
    streams++;
    for (;;) {
      const removable = findRemovable(store, name, nowMs);
      if (removable.length === 0) break;
      store.tables.env.transactionSync(() => {
        for (const { number, position, revision } of removable) {
          store.tables.index.removeSync(indexKey(number, revision));
          store.tables.events.removeSync(positionKey(position));
        }
      });
      eventsRemoved += removable.length;
      bytesFreed += removable.reduce((sum, { size }) => sum + size, 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { streams, eventsRemoved, bytesFreed };
}

function* names(store: EventStore): Iterable<string> {
  for (const { value } of store.tables.streams.getRange({})) yield value.toString('utf8', 4);
}

interface Removable {
  readonly number: number;
  readonly revision: number;
  readonly position: number;
  readonly size: number;
}

function findRemovable(store: EventStore, name: string, nowMs: number): readonly Removable[] {
  const head = store.streams.head(name);
  if (head === undefined || head.last < 1) return [];
  const keep = firstKept(store, name, head.last);
  const { $maxAge } = store.streams.metadata(name);
  const notBefore = $maxAge === undefined ? 0 : nowMs - $maxAge * 1_000;
  const page = store.readStream(head.number, {
    from: 0,
    first: 0,
    last: head.last - 1,
    backwards: false,
    limit: batchSize,
  });
  const found: Removable[] = [];
  for (const event of page.events) {
    // Revisions and times rise, so the first event that stays ends the search.
    if (event.revision >= keep && event.createdMs >= notBefore) break;
    found.push({ number: head.number, revision: event.revision, position: event.position, size: event.size });
  }
  return found;
}

function firstKept(store: EventStore, name: string, last: number): number {
  if (last === tombstoneRevision) return last;
  // Of a metadata stream only the newest is ever read.
  if (name.startsWith('$$')) return last;
  const metadata = store.streams.metadata(name);
  if (marksDeleted(metadata)) return last;
  const { $maxCount, $tb } = metadata;
  return Math.max($tb ?? 0, $maxCount === undefined ? 0 : last - $maxCount + 1, 0);
}
