import { Backlog } from './backlog.ts';
import { Chain } from './chain.ts';
import { readHead, readTail } from './heads.ts';
import { indexKey, nameKey, positionKey, readPosition, recentKey } from './keys.ts';
import { type Entry, Log, recents } from './log.ts';
import { DamagedRecord, StoredEvent } from './record.ts';
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

/** Reads every event and proves its checksum; then that the other tables lead to all of them, and to nothing else. */
export async function verify(dir: string, onProgress: (events: number) => void = () => undefined): Promise<Verified> {
  const tables = openTables(dir, { readOnly: true });
  try {
    const backlog = quiet(() => Backlog.of(tables, Log.of(tables), readTail(tables.state)));
    const log = verifyEvents(tables, backlog, onProgress);
    const named = verifyStreams(tables);
    const unsettled = backlog?.drafts.length ?? 0;
    const counts = [tables.index.getKeysCount() + unsettled - log.events, tables.heads.getKeysCount() - named.streams];
    const wrongEntries = log.wrong + named.wrong + counts.reduce((sum, difference) => sum + Math.abs(difference), 0);
    const { damaged, events, lastPosition } = log;
    return { events, streams: named.streams + (backlog?.created.size ?? 0), lastPosition, damaged, wrongEntries };
  } finally {
    await tables.env.close();
  }
}

interface Events {
  readonly events: number;
  readonly lastPosition: number;
  readonly damaged: readonly number[];
  readonly wrong: number;
}

function verifyEvents(tables: Tables, backlog: Backlog | undefined, onProgress: (events: number) => void): Events {
  const chain = new Chain(tables);
  const damaged: number[] = [];
  let [events, lastPosition, wrong] = [0, 0, 0];
  let before: StoredEvent | 'damaged' | undefined;
  for (const { position, record } of stored(tables)) {
    lastPosition = position;
    const event = whole(lastPosition, record);
    if (event === undefined) damaged.push(lastPosition);
    else if (!isLedTo(tables, backlog, event) || !follows(chain, before, event)) wrong++;
    before = event ?? 'damaged';
    if (++events % 50_000 === 0) onProgress(events);
  }
  const tail = quiet(() => readTail(tables.state))?.position ?? 0;
  return { events, lastPosition, damaged, wrong: wrong + (tail === lastPosition ? 0 : 1) };
}

function* stored(tables: Tables): Iterable<Entry> {
  for (const { key, value } of tables.events.getRange({ snapshot: true }))
    yield { position: readPosition(key), record: value };
  yield* recents(tables);
}

function whole(position: number, record: Buffer): StoredEvent | undefined {
  try {
    return new StoredEvent(position, record);
  } catch {
    return undefined;
  }
}

function isLedTo(tables: Tables, backlog: Backlog | undefined, event: StoredEvent): boolean {
  const { position, revision, streamNumber } = event;
  const isKnown = backlog?.positionOf(streamNumber, revision) === position;
  return isFound(tables, position) && (isKnown || isIndexed(tables, event, positionKey(position)));
}

/** A way from the root leads to the event too, not only the one from its neighbour. */
function isFound({ events, state }: Tables, position: number): boolean {
  return events.doesExist(positionKey(position)) || state.doesExist(recentKey(position));
}

/** The index leads to the event, and its stream's name leads to its number. */
function isIndexed(tables: Tables, event: StoredEvent, position: Buffer): boolean {
  const indexed = tables.index.get(indexKey(event.streamNumber, event.revision));
  const stream = tables.streams.get(nameKey(event.streamName));
  return indexed?.equals(position) === true && stream?.readUInt32BE(0) === event.streamNumber;
}

function follows(chain: Chain, before: StoredEvent | 'damaged' | undefined, event: StoredEvent): boolean {
  if (before === 'damaged') return true;
  return quiet(() => [chain.prove(before, event)]) !== undefined;
}

/** Undefined where it is damaged. */
function quiet<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

/** The head leads to the stream's last event, and there is none behind it. */
function isHeaded({ heads, index }: Tables, name: string, number: number): boolean {
  const head = quiet(() => readHead(heads, name));
  if (head === undefined || head.number !== number) return false;
  return index.doesExist(indexKey(number, head.last)) && !index.doesExist(indexKey(number, head.last + 1));
}

function verifyStreams(tables: Tables): { readonly streams: number; readonly wrong: number } {
  let count = 0;
  let wrong = 0;
  for (const { key, value } of tables.streams.getRange({ snapshot: true })) {
    count++;
    const name = value.toString('utf8', 4);
    if (value.length < 5 || !nameKey(name).equals(key) || !isHeaded(tables, name, value.readUInt32BE(0))) wrong++;
  }
  return { streams: count, wrong };
}
