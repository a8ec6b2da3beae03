import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import type { Appended, EventLog, LogEvent, LogPage } from '../../kernel/log.ts';
import { LogBehind, LogUnavailable } from '../../kernel/log.ts';
import { BatchAppends } from './batch-appends.ts';
import {
  type Appender,
  appendDeadlineMs,
  appendOnce,
  isNoStream,
  positionOf,
  readStallMs,
  toLogEvent,
  truncateOnce,
  unlessStalled,
  untilAnswered,
  type Wanted,
  within,
} from './client.ts';
import { type Connection, connectionOf } from './connection.ts';
import { head, readFiltered } from './filtered-read.ts';
import { HeadWatch } from './head-watch.ts';
import { readEvents } from './read-pages.ts';
import type { ReadEvent } from './read-wire.ts';

/** Milliseconds after which a waiting reader looks again even if nothing woke it. */
const pollMs = 500;
/** Milliseconds the client is given to end its calls. */
const disposeMs = 500;

/**
 * The event log over EventStoreDB's protocol: a cluster, or the embedded node. One path for both.
 *
 * @param url `esdb://…` or `esdb+discover://…`; credentials belong into it, since per-call credentials switch batch append off.
 */
export function connectEventLog(url: string): EventLog {
  return eventLogOver(EventStoreDBClient.connectionString(url));
}

/** The event log over a client that is connected already; closing the log disposes of it. */
export function eventLogOver(client: EventStoreDBClient): EventLog {
  const watch = new HeadWatch(client);
  const connection = connectionOf(client);
  const appender = { client, batches: connection && new BatchAppends(connection) };
  return {
    readStream: (stream, options = {}) => readStream(client, stream, options),
    readAll: ({ typePrefixes, ...range }) =>
      untilAnswered(readStallMs, () =>
        typePrefixes === undefined
          ? readPage(client, connection, range)
          : readFiltered(client, { ...range, typePrefixes }),
      ),
    waitBeyond: (position, signal) => watch.beyond(position, pollMs, signal),
    append: async (stream, events, expected) => {
      const appended = await append(appender, { stream, events, expected });
      watch.saw(appended.position);
      return appended;
    },
    truncate: (stream, beforeRevision) =>
      untilAnswered(appendDeadlineMs, (leftMs) => truncateOnce(client, { stream, beforeRevision, leftMs })),
    head: () => untilAnswered(readStallMs, () => within(readStallMs, head(client))),
    close: async () => {
      await watch.close();
      // The client waits for the end of calls that it has cancelled; some never tell.
      await within(disposeMs, client.dispose()).catch(() => undefined);
    },
  };
}

async function append(appender: Appender, wanted: Wanted): Promise<Appended> {
  const { revision, position } = await untilAnswered(appendDeadlineMs, (leftMs) =>
    appendOnce(appender, wanted, leftMs),
  );
  if (position !== undefined) return { revision, position };
  const { stream } = wanted;
  // A server may answer a repeated write without its position: it stands on the event itself.
  for await (const event of readStream(appender.client, stream, { from: revision, max: 1 })) {
    return { revision, position: event.position };
  }
  throw new LogUnavailable(`${stream}: the position of revision ${revision} could not be read back`);
}

async function* readStream(
  client: EventStoreDBClient,
  stream: string,
  options: { readonly from?: number; readonly max?: number },
): AsyncIterable<LogEvent> {
  const read = client.readStream(stream, {
    direction: FORWARDS,
    fromRevision: options.from === undefined ? START : BigInt(options.from),
    ...(options.max === undefined ? {} : { maxCount: options.max }),
  });
  try {
    for await (const resolved of unlessStalled(read, readStallMs)) {
      const event = toLogEvent(resolved);
      if (event !== undefined) yield event;
    }
  } catch (error) {
    if (!isNoStream(error)) throw new LogUnavailable(`${stream} could not be read`, { cause: error });
  }
}

async function readPage(
  client: EventStoreDBClient,
  connection: Connection | undefined,
  { after, max }: { readonly after?: bigint | undefined; readonly max: number },
): Promise<LogPage> {
  // Reading from a position is inclusive: ask for one more and pass over it.
  const range = { from: after, max: max + 1 };
  const read = await (connection === undefined
    ? readByClient(client, range)
    : readEvents(connection, range, readStallMs));
  const behind = read.filter(({ position }) => position > (after ?? -1n));
  // The event at the position itself is read again, or one that stands behind it.
  if (read.length === 0 && after !== undefined && after > 0n) throw new LogBehind(after, await head(client));
  const events = behind.flatMap(({ event }) => event ?? []);
  return { events, next: behind.at(-1)?.position ?? after, caughtUp: read.length < max + 1 };
}

async function readByClient(
  client: EventStoreDBClient,
  { from, max }: { readonly from: bigint | undefined; readonly max: number },
): Promise<readonly ReadEvent[]> {
  const fromPosition = from === undefined ? START : { commit: from, prepare: from };
  const read: ReadEvent[] = [];
  const events = client.readAll({ direction: FORWARDS, fromPosition, maxCount: max });
  for await (const resolved of unlessStalled(events, readStallMs))
    read.push({ position: positionOf(resolved) ?? 0n, event: toLogEvent(resolved) });
  return read;
}
