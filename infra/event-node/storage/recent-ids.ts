import { LRUCache } from 'lru-cache';
import { readPosition } from './keys.ts';
import { recents } from './log.ts';
import { DamagedRecord, StoredEvent } from './record.ts';
import type { Tables } from './tables.ts';

/** Events, and bytes of them, that are remembered anew when a directory is opened. */
const rememberedEvents = 4_096;
const rememberedBytes = 8 * 1_048_576;

/**
 * A bounded memory of recent event ids: where each went. Retries of writes that expect nothing in particular are recognised by it, as
 * on an EventStoreDB server: recently, not for ever.
 */
export class RecentIds {
  readonly #revisions: LRUCache<string, number>;

  constructor(max: number) {
    this.#revisions = new LRUCache({ max });
  }

  /**
   * Remembers the last events of a directory: a client whose write was not acknowledged before the node ended sends it again to the
   * one that takes its place.
   *
   * @param max ids kept
   */
  static of(tables: Tables, max: number): RecentIds {
    const recent = new RecentIds(max);
    let bytes = 0;
    for (const { key, value } of tables.events.getRange({ reverse: true, limit: rememberedEvents })) {
      bytes += value.length;
      if (bytes > rememberedBytes) break;
      const event = soundEvent(readPosition(key), value);
      if (event !== undefined) recent.add(event.streamName, event.idHex, event.revision);
    }
    for (const { position, record } of recents(tables)) {
      const event = soundEvent(position, record);
      if (event !== undefined) recent.add(event.streamName, event.idHex, event.revision);
    }
    return recent;
  }

  add(stream: string, id: string, revision: number): void {
    this.#revisions.set(keyOf(stream, id), revision);
  }

  /** Revision of the event in that stream. */
  find(stream: string, id: string): number | undefined {
    return this.#revisions.get(keyOf(stream, id));
  }
}

function keyOf(stream: string, id: string): string {
  return `${stream}\0${id.replaceAll('-', '').toLowerCase()}`;
}

/** Undefined for one that is damaged: who reads it is told, and nobody repeats it. */
function soundEvent(position: number, value: Buffer): StoredEvent | undefined {
  try {
    return new StoredEvent(position, value);
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}
