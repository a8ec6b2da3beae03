import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { EventStore } from '../storage/event-store.ts';
import type { StoredEvent } from '../storage/record.ts';
import type { Access, Caller } from './access.ts';
import { allCursor, type Cursor, type Direction, streamCursor } from './cursor.ts';
import { errors, toRpcError } from './errors.ts';
import { type EventFilter, filterOf } from './filter.ts';
import { caughtUp, checkpoint, confirmation, eventMessage, streamNotFound, type UuidForm } from './responses.ts';

export interface ReadDeps {
  readonly store: EventStore;
  readonly access: Access;
  readonly now: () => number;
}

type ReadCall = ServerWritableStream<ReadReq, Buffer>;

/** What a request asks for, its oneofs resolved. */
interface Asked {
  readonly stream: string | undefined;
  readonly direction: Direction;
  readonly from: number | undefined;
  readonly atEnd: boolean;
  readonly count: number;
  readonly subscription: boolean;
  readonly resolveLinks: boolean;
  readonly uuids: UuidForm;
  readonly filter: EventFilter | undefined;
}

/** `Streams.Read`: one read of a stream or of `$all`, or a subscription to either. */
export async function handleRead(deps: ReadDeps, call: ReadCall): Promise<void> {
  try {
    const asked = askedFor(call.request);
    const caller = deps.access.identify(call.metadata);
    if (asked.stream === undefined) deps.access.requireAdministrator(caller);
    else deps.access.require(caller, asked.stream, '$r');
    await (asked.subscription ? subscribe(deps, call, asked, caller) : read(deps, call, asked, caller));
    call.end();
  } catch (error) {
    if (!call.cancelled) call.emit('error', toRpcError(error));
  }
}

function askedFor(request: ReadReq): Asked {
  const options = request.getOptions();
  if (options === undefined) throw errors.badRequest('the request has no options');
  const all = options.getAll();
  const stream = options.getStream();
  if (all === undefined && stream === undefined) throw errors.badRequest('the request names neither a stream nor $all');
  const name = stream?.getStreamIdentifier()?.getStreamName_asU8();
  if (all === undefined && (name === undefined || name.length === 0)) throw errors.badRequest('the stream has no name');
  return {
    stream: all === undefined ? Buffer.from(name ?? []).toString('utf8') : undefined,
    direction: options.getReadDirection() === 1 ? 'backwards' : 'forwards',
    from: startOf(all, stream),
    atEnd: (all?.hasEnd() ?? stream?.hasEnd()) === true,
    count: options.hasCount() ? Number(options.getCount()) : Number.MAX_SAFE_INTEGER,
    subscription: options.hasSubscription(),
    resolveLinks: options.getResolveLinks(),
    uuids: options.getUuidOption()?.hasStructured() === true ? 'structured' : 'string',
    filter: filterOf(options),
  };
}

function startOf(
  all: ReadReq.Options.AllOptions | undefined,
  stream: ReadReq.Options.StreamOptions | undefined,
): number | undefined {
  const stated = all?.getPosition()?.getCommitPosition() ?? (stream?.hasRevision() ? stream.getRevision() : undefined);
  return stated === undefined ? undefined : Math.min(Number(stated), Number.MAX_SAFE_INTEGER - 1);
}

async function read(deps: ReadDeps, call: ReadCall, asked: Asked, caller: Caller): Promise<void> {
  const cursor = cursorOf(deps, asked, false);
  if ('exists' in cursor && !cursor.exists()) {
    await send(call, streamNotFound(asked.stream ?? ''));
    return;
  }
  const resolve = resolverOf(deps, asked, caller);
  let left = asked.count;
  while (left > 0 && !call.cancelled) {
    const look = cursor.next(left);
    for (const event of look.events) {
      if (!(await send(call, resolve(event)))) return;
    }
    left -= look.events.length;
    if (look.end) return;
    await breathe();
  }
}

/**
 * A pull loop, never a buffer of live events: read what is behind the cursor; where there is nothing, say caught-up once and wait for
 * a commit. The wake flag is cleared before the look, so no commit between the look and the wait is missed.
 */
async function subscribe(deps: ReadDeps, call: ReadCall, asked: Asked, caller: Caller): Promise<void> {
  const cursor = cursorOf(deps, asked, true);
  const resolve = resolverOf(deps, asked, caller);
  const checkpoints = new Checkpoints(asked.filter);
  await send(call, confirmation(randomUUID()));
  const wake = new WakeFlag(deps.store, call);
  let live = false;
  try {
    while (!call.cancelled) {
      wake.clear();
      const look = cursor.next(Number.MAX_SAFE_INTEGER);
      for (const event of look.events) if (!(await send(call, resolve(event)))) return;
      const due = checkpoints.after(look.searched, look.scanned, look.end);
      if (due !== undefined && !(await send(call, checkpoint(due)))) return;
      if (!look.end) {
        await breathe();
        continue;
      }
      if (!live && !(await send(call, caughtUp))) return;
      live = true;
      await wake.raised();
    }
  } finally {
    wake.release();
  }
}

function cursorOf(deps: ReadDeps, asked: Asked, subscription: boolean): Cursor | ReturnType<typeof streamCursor> {
  const { store, now } = deps;
  const { direction, from, stream } = asked;
  const backwards = direction === 'backwards' && !subscription;
  // Reading from a place is inclusive, subscribing from one exclusive.
  const after = subscription && from !== undefined ? from + 1 : from;
  if (stream === undefined) {
    const end = store.durable + 1;
    return allCursor(
      store,
      asked.atEnd || (backwards && after === undefined) ? end : (after ?? 0),
      backwards ? 'backwards' : 'forwards',
      asked.filter,
    );
  }
  const head = store.streams.head(stream);
  const start = asked.atEnd && !backwards ? (head?.last ?? -1) + 1 : after;
  return streamCursor(store, stream, asked.atEnd && backwards ? undefined : start, {
    direction: backwards ? 'backwards' : 'forwards',
    now,
  });
}

/** Follows `$>` events to what they name, where asked to and where the caller may read it. */
function resolverOf(deps: ReadDeps, asked: Asked, caller: Caller): (event: StoredEvent) => Buffer {
  if (!asked.resolveLinks) return (event) => eventMessage(event, undefined, asked.uuids);
  return (event) => {
    if (event.type !== '$>') return eventMessage(event, undefined, asked.uuids);
    const text = event.data.toString('utf8');
    const at = text.indexOf('@');
    const stream = text.slice(at + 1);
    const seen = deps.store.streams.view(stream, deps.now());
    const revision = Number(text.slice(0, at));
    const readable = seen !== undefined && revision >= seen.first && revision <= seen.last;
    if (readable) deps.access.require(caller, stream, '$r');
    return eventMessage(readable ? deps.store.streams.at(seen.number, revision) : undefined, event, asked.uuids);
  };
}

/** When a filtered subscription is told how far it was searched. */
class Checkpoints {
  readonly #every: number | undefined;
  #since = 0;
  #told = 0;

  constructor(filter: EventFilter | undefined) {
    this.#every = filter?.checkpointEvery;
  }

  after(searched: number | undefined, scanned: number, end: boolean): number | undefined {
    if (this.#every === undefined || searched === undefined || searched === this.#told) return undefined;
    this.#since += scanned;
    if (this.#since < this.#every && !end) return undefined;
    this.#since = 0;
    this.#told = searched;
    return searched;
  }
}

/** Raised by every commit, and by the end of the call. */
class WakeFlag {
  readonly release: () => void;
  #raised = false;
  #waiting: (() => void) | undefined;

  constructor(store: EventStore, call: ReadCall) {
    const raise = (): void => {
      this.#raised = true;
      this.#waiting?.();
    };
    const off = store.onCommit(raise);
    call.on('cancelled', raise);
    this.release = () => {
      off();
      call.off('cancelled', raise);
    };
  }

  clear(): void {
    this.#raised = false;
  }

  async raised(): Promise<void> {
    if (this.#raised) return;
    await new Promise<void>((resolve) => {
      this.#waiting = resolve;
    });
    this.#waiting = undefined;
  }
}

/** Writes one message; waits while the client is behind. False once the call is over. */
async function send(call: ReadCall, message: Buffer): Promise<boolean> {
  if (call.cancelled || call.destroyed) return false;
  if (call.write(message)) return true;
  const over = new AbortController();
  const cancel = (): void => over.abort();
  call.once('cancelled', cancel);
  try {
    await once(call, 'drain', { signal: over.signal });
    return true;
  } catch {
    return false;
  } finally {
    call.off('cancelled', cancel);
  }
}

/** Lets other calls have their turn between two pages. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
