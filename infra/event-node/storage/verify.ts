import { indexKey, nameKey, readPosition } from './keys.ts';
import { StoredEvent } from './record.ts';
import { openTables, type Tables } from './tables.ts';

/** What a full reading of a directory found. */
export interface Verified {
  readonly events: number;
  readonly streams: number;
  readonly lastPosition: number;
  /** Positions of events whose checksum does not match. */
  readonly damaged: readonly number[];
  /** Entries of the two tables beside the events that are missing, or lead to the wrong place. */
  readonly wrongEntries: number;
}

/** Reads every event and proves its checksum; then that the index and the streams' table lead to all of them, and to nothing else. */
export async function verify(dir: string, onProgress: (events: number) => void = () => undefined): Promise<Verified> {
  const tables = openTables(dir, { readOnly: true });
  let events = 0;
  let lastPosition = 0;
  let wrongEntries = 0;
  const damaged: number[] = [];
  try {
    for (const { key, value } of tables.events.getRange({ snapshot: true })) {
      lastPosition = readPosition(key);
      events++;
      const event = whole(lastPosition, value);
      if (event === undefined) damaged.push(lastPosition);
      else if (!isIndexed(tables, event, key)) wrongEntries++;
      if (events % 50_000 === 0) onProgress(events);
    }
    wrongEntries += Math.abs(tables.index.getKeysCount() - events);
    const named = verifyStreams(tables);
    return { events, streams: named.streams, lastPosition, damaged, wrongEntries: wrongEntries + named.wrong };
  } finally {
    await tables.env.close();
  }
}

function whole(position: number, record: Buffer): StoredEvent | undefined {
  try {
    return new StoredEvent(position, record);
  } catch {
    return undefined;
  }
}

/** The index leads to the event, and its stream's name leads to its number. */
function isIndexed(tables: Tables, event: StoredEvent, position: Buffer): boolean {
  const indexed = tables.index.get(indexKey(event.streamNumber, event.revision));
  const stream = tables.streams.get(nameKey(event.streamName));
  return indexed?.equals(position) === true && stream?.readUInt32BE(0) === event.streamNumber;
}

function verifyStreams({ streams }: Tables): { readonly streams: number; readonly wrong: number } {
  let count = 0;
  let wrong = 0;
  for (const { key, value } of streams.getRange({ snapshot: true })) {
    count++;
    if (value.length < 5 || !nameKey(value.toString('utf8', 4)).equals(key)) wrong++;
  }
  return { streams: count, wrong };
}
