import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '../storage/record.ts';
import type { Caller } from './access.ts';
import { type Asked, askedFor } from './asked.ts';
import { allCursor, type Cursor, type Look, streamCursor } from './cursor.ts';
import type { Deps } from './deps.ts';
import { errors, toRpcError } from './errors.ts';
import type { EventFilter } from './filter.ts';
import { breathe, type ReadCall, send, WakeFlag } from './outgoing.ts';
import { caughtUp, checkpoint, confirmation, eventMessage, streamNotFound } from './responses.ts';

/** `Streams.Read`: one read of a stream or of `$all`, or a subscription to either. */
export async function handleRead(deps: Deps, call: ReadCall): Promise<void> {
  try {
    const asked = askedFor(call.request);
    const caller = deps.access.identify(call.metadata);
    deps.access.require(caller, asked.stream ?? '$all', '$r');
    await (asked.subscription ? subscribe(deps, call, asked, caller) : read(deps, call, asked, caller));
    call.end();
  } catch (error) {
    if (!call.cancelled) call.emit('error', toRpcError(error));
  }
}

async function read(deps: Deps, call: ReadCall, asked: Asked, caller: Caller): Promise<void> {
  // A read has an end of its own, which a stop waits for.
  const leave = deps.calls.enter(() => undefined);
  try {
    await readAll(deps, call, asked, caller);
  } finally {
    leave();
  }
}

async function readAll(deps: Deps, call: ReadCall, asked: Asked, caller: Caller): Promise<void> {
  const cursor = readCursor(deps, asked);
  if ('exists' in cursor && !cursor.exists()) {
    await send(call, streamNotFound(asked.stream ?? ''));
    return;
  }
  const resolve = resolverOf(deps, asked, caller);
  for (let left = asked.count; left > 0; ) {
    const look = cursor.next(left);
    if (!(await sendAll(call, look, resolve)) || look.end) return;
    left -= look.events.length;
    await breathe();
  }
}

async function sendAll(call: ReadCall, look: Look, resolve: (event: StoredEvent) => Buffer): Promise<boolean> {
  for (const event of look.events) if (!(await send(call, resolve(event)))) return false;
  return !call.cancelled;
}

/**
 * A pull loop, never a buffer of live events: read what is behind the cursor; where there is nothing, say caught-up once and wait for
 * a commit. The wake flag is cleared before the look, so no commit between the look and the wait is missed.
 */
async function subscribe(deps: Deps, call: ReadCall, asked: Asked, caller: Caller): Promise<void> {
  const cursor = subscriptionCursor(deps, asked);
  const resolve = resolverOf(deps, asked, caller);
  const checkpoints = new Checkpoints(asked.filter);
  const wake = new WakeFlag(deps.store, call);
  let live = false;
  let stopping = false;
  const leave = deps.calls.enter(() => {
    stopping = true;
    wake.raise();
  });
  try {
    let open = await send(call, confirmation(randomUUID()));
    while (open) {
      if (stopping) throw errors.stopping();
      wake.clear();
      const look = cursor.next(Number.MAX_SAFE_INTEGER);
      open = (await sendAll(call, look, resolve)) && (await checkpoints.send(call, look));
      if (!look.end) await breathe();
      if (!look.end || !open) continue;
      if (!live) open = await send(call, caughtUp);
      live = true;
      await wake.raised();
    }
  } finally {
    leave();
    wake.release();
  }
}

/** Reading from a place is inclusive forwards; backwards it is inclusive for a revision and exclusive for a position. */
function readCursor(
  { now, store }: Deps,
  { atEnd, direction, filter, from, stream }: Asked,
): ReturnType<typeof streamCursor> | Cursor {
  const backwards = direction === 'backwards';
  if (stream === undefined) {
    const start = atEnd || (backwards && from === undefined) ? store.durable + 1 : (from ?? 0);
    return allCursor(store, start, direction, filter);
  }
  const last = store.streams.head(stream)?.last ?? -1;
  // From the start backwards there is the first event alone; from the end forwards there is none.
  const start = atEnd ? (backwards ? undefined : last + 1) : (from ?? 0);
  return streamCursor(store, stream, start, { direction, now });
}

/** Subscribing from a place is exclusive. */
function subscriptionCursor({ now, store }: Deps, { atEnd, filter, from, stream }: Asked): Cursor {
  const after = from === undefined ? 0 : from + 1;
  if (stream === undefined) return allCursor(store, atEnd ? store.durable + 1 : after, 'forwards', filter);
  const last = store.streams.head(stream)?.last ?? -1;
  return streamCursor(store, stream, atEnd ? last + 1 : after, { direction: 'forwards', now });
}

/** Follows `$>` events to what they name, where asked to and where the caller may read it. */
function resolverOf(deps: Deps, asked: Asked, caller: Caller): (event: StoredEvent) => Buffer {
  if (!asked.resolveLinks) return (event) => eventMessage(event, undefined, asked.uuids);
  return (event) => {
    if (event.type !== '$>') return eventMessage(event, undefined, asked.uuids);
    const text = event.data.toString('utf8');
    const at = text.indexOf('@');
    const stream = text.slice(at + 1);
    const target = linkTarget(deps, { stream, revision: Number(text.slice(0, at)) }, caller);
    return eventMessage(target, event, asked.uuids);
  };
}

/** The event a link names; undefined where it is gone, or not for the caller. */
function linkTarget(
  deps: Deps,
  { revision, stream }: { readonly stream: string; readonly revision: number },
  caller: Caller,
): StoredEvent | undefined {
  const seen = deps.store.streams.view(stream, deps.now());
  if (seen === undefined || !Number.isInteger(revision) || revision < seen.first || revision > seen.last) return;
  if (!deps.access.may(caller, stream, '$r')) return;
  const event = deps.store.streams.required(seen.number, revision);
  return event.createdMs >= seen.notBefore ? event : undefined;
}

/** When a filtered subscription is told how far it was searched. */
class Checkpoints {
  readonly #every: number | undefined;
  #since = 0;

  constructor(filter: EventFilter | undefined) {
    this.#every = filter?.checkpointEvery;
  }

  /** Tells where one is due: after so many events, and whenever the end is reached. */
  async send(call: ReadCall, { end, scanned, searched }: Look): Promise<boolean> {
    if (this.#every === undefined || searched === undefined) return true;
    this.#since += scanned;
    if (this.#since < this.#every && !end) return true;
    this.#since = 0;
    return send(call, checkpoint(searched));
  }
}
