import type { EventStore } from './event-store.ts';
import type { Head } from './heads.ts';
import { indexKey } from './keys.ts';
import { marksDeleted } from './metadata.ts';
import type { StoredEvent } from './record.ts';
import { tombstoneRevision } from './types.ts';

/** What a scavenge did. */
export interface ScavengeResult {
  readonly streams: number;
  readonly eventsRemoved: number;
  readonly bytesFreed: number;
}

/** Events removed in one transaction; between two, readers and writers have their turn. */
const batchSize = 500;
/** Streams looked at between two turns of the others. */
const namesPerTurn = 200;

/**
 * Frees the space of events that no reader sees any more: deleted, truncated, counted out, expired, tombstoned. Positions and revisions
 * of what stays do not move. The last event of a stream stays, so that its numbers go on from there.
 */
export async function scavenge(
  store: EventStore,
  nowMs: number,
  shouldStop = (): boolean => false,
): Promise<ScavengeResult> {
  const done = { streams: 0, eventsRemoved: 0, bytesFreed: 0 };
  store.settle();
  for (let page = namesAfter(store, undefined); page.length > 0; page = namesAfter(store, page.at(-1)?.key)) {
    for (const { name } of page) {
      if (shouldStop()) return done;
      done.streams++;
      await scavengeStream(store, { name, nowMs }, done);
    }
    await breathe();
  }
  return done;
}

async function scavengeStream(
  store: EventStore,
  { name, nowMs }: { readonly name: string; readonly nowMs: number },
  done: { eventsRemoved: number; bytesFreed: number },
): Promise<void> {
  for (;;) {
    const head = store.streams.head(name);
    const removable = head === undefined ? [] : findRemovable(store, { name, head }, nowMs);
    const last = removable.at(-1);
    if (head === undefined || last === undefined) return;
    store.settle();
    store.commits.run(() => {
      for (const event of removable) {
        store.tables.index.removeSync(indexKey(head.number, event.revision));
        store.chain.remove(event);
      }
      store.streams.keepFrom(name, { ...head, first: last.revision + 1 });
    });
    store.log.forget();
    done.eventsRemoved += removable.length;
    done.bytesFreed += removable.reduce((sum, { size }) => sum + size, 0);
    await breathe();
  }
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Named {
  readonly key: Buffer;
  readonly name: string;
}

/** A page of names: a million of them are never in memory together, and no snapshot is held across a wait. */
function namesAfter(store: EventStore, key: Buffer | undefined): readonly Named[] {
  const after = key === undefined ? {} : { start: Buffer.concat([key, Buffer.from([0])]) };
  const range = store.tables.streams.getRange({ ...after, limit: namesPerTurn });
  return [...range].map(({ key: found, value }) => ({ key: Buffer.from(found), name: value.toString('utf8', 4) }));
}

function findRemovable(
  store: EventStore,
  { head, name }: { readonly head: Head; readonly name: string },
  nowMs: number,
): readonly StoredEvent[] {
  if (head.last < 1) return [];
  const keep = firstKept(store, name, head.last);
  const { $maxAge } = store.streams.metadata(name);
  if (keep === 0 && $maxAge === undefined) return [];
  const notBefore = $maxAge === undefined ? 0 : nowMs - $maxAge * 1_000;
  const page = store.readStream(head.number, {
    from: head.first,
    first: head.first,
    last: head.last - 1,
    backwards: false,
    limit: batchSize,
  });
  // Revisions and times rise, so the first event that stays ends the search.
  const stays = page.events.findIndex((event) => event.revision >= keep && event.createdMs >= notBefore);
  return stays < 0 ? page.events : page.events.slice(0, stays);
}

function firstKept(store: EventStore, name: string, last: number): number {
  if (last === tombstoneRevision) return last;
  const metadata = store.streams.metadata(name);
  if (marksDeleted(metadata)) return last;
  const { $maxCount, $tb } = metadata;
  return Math.max($tb ?? 0, $maxCount === undefined ? 0 : last - $maxCount + 1, 0);
}
