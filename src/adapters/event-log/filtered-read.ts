import {
  type AllStreamSubscription,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  START,
} from '@eventstore/db-client';
import { LogBehind, type LogEvent, type LogPage } from '../../kernel/log.ts';
import { positionOf, readStallMs, toLogEvent, unlessStalled, within } from './client.ts';

/** Commit position of the last event on the log; undefined when it is empty. */
export async function head(client: EventStoreDBClient): Promise<bigint | undefined> {
  const read = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
  for await (const resolved of unlessStalled(read, readStallMs)) return positionOf(resolved);
  return undefined;
}

/**
 * A page of events whose type starts with one of the prefixes. The protocol filters subscriptions on the server, but reads of
 * `$all` only on the client: so a short subscription serves as the read, up to the head of the log at the time of asking.
 */
export async function readFiltered(
  client: EventStoreDBClient,
  options: { readonly after?: bigint | undefined; readonly max: number; readonly typePrefixes: readonly string[] },
): Promise<LogPage> {
  const { after, max, typePrefixes } = options;
  const end = await head(client);
  if (after !== undefined && after > (end ?? 0n)) throw new LogBehind(after, end);
  if (end === undefined || (after !== undefined && end <= after)) return { events: [], next: after, caughtUp: true };
  const events: LogEvent[] = [];
  let finish: (caughtUp: boolean) => void = () => undefined;
  const finished = new Promise<boolean>((resolve) => {
    finish = resolve;
  });
  const subscription = client.subscribeToAll({
    fromPosition: after === undefined ? START : { commit: after, prepare: after },
    filter: eventTypeFilter({
      prefixes: [...typePrefixes],
      checkpointInterval: 1,
      checkpointReached: async (_subscription, position) => {
        if (position.commit >= end) finish(true);
      },
    }),
  });
  subscription.on('caughtUp', () => finish(true));
  subscription.on('data', (resolved) => {
    const event = toLogEvent(resolved);
    if (event !== undefined && events.length < max) events.push(event);
    if (events.length >= max) finish(false);
  });
  return collect(subscription, finished).then((reachedEnd) => {
    // A checkpoint may be told before the events in front of it are: a full page is never the last one.
    const caughtUp = reachedEnd && events.length < max;
    const last = events.at(-1)?.position;
    // Caught up: nothing of ours is left up to the head that was read first.
    const next = caughtUp && (last === undefined || last < end) ? end : last;
    return { events, next, caughtUp };
  });
}

async function collect(subscription: AllStreamSubscription, finished: Promise<boolean>): Promise<boolean> {
  try {
    return await within(
      readStallMs,
      new Promise<boolean>((resolve, reject) => {
        subscription.on('error', reject);
        subscription.on('end', () => reject(new Error('the subscription ended')));
        finished.then(resolve, reject);
      }),
    );
  } finally {
    await subscription.unsubscribe().catch(() => undefined);
  }
}
