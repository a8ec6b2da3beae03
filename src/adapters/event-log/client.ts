import { setTimeout as sleep } from 'node:timers/promises';
import type { AllStreamResolvedEvent } from '@eventstore/db-client';
import {
  CancelledError,
  DeadlineExceededError,
  type EventStoreDBClient,
  jsonEvent,
  NotLeaderError,
  type ResolvedEvent,
  StreamDeletedError,
  StreamNotFoundError,
  TimeoutError,
  UnavailableError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { type LogEvent, LogUnavailable, type NewEvent, WrongRevision } from '../../kernel/log.ts';
import type { BatchAppends, Written } from './batch-appends.ts';
import { StalledCall } from './stalled-call.ts';

/** Milliseconds one append may take, all its retries together. */
export const appendDeadlineMs = 8_000;
/** Milliseconds without a single event after which a read is given up. */
export const readStallMs = 8_000;

const transient = [
  CancelledError,
  DeadlineExceededError,
  NotLeaderError,
  TimeoutError,
  UnavailableError,
  UnknownError,
] as const;

/** Statuses of gRPC that say nothing about the request: cancelled, unknown, deadline, aborted, internal, unavailable. */
const transientStatuses: readonly unknown[] = [1, 2, 4, 10, 13, 14];

/** Whether asking again, with the same ids, may bring an answer. */
export function isTransient(error: unknown): boolean {
  return (
    transient.some((kind) => error instanceof kind) ||
    error instanceof StalledCall ||
    // While it finds its server the client lets gRPC's own errors through.
    (error instanceof Error && transientStatuses.includes((error as { code?: unknown }).code))
  );
}

/** Rejects with a transient error when `work` takes longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StalledCall(ms)), ms);
  });
  try {
    return await Promise.race([work, stalled]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

interface Iterated {
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<unknown>;
}

/** The items of a read, which is given up when none comes for `stallMs`; one timer a read, not one an item. */
export async function* unlessStalled<T>(
  read: AsyncIterable<T> & Iterated & { destroy(error?: Error): unknown; cancel(): Promise<void>; resume(): unknown },
  stallMs: number,
): AsyncIterable<T> {
  let waitingSince = performance.now();
  let waiting = true;
  let ended = false;
  const timer = setInterval(() => {
    if (waiting && performance.now() - waitingSince > stallMs) read.destroy(new StalledCall(stallMs));
  }, stallMs / 4);
  try {
    for await (const item of read.iterator({ destroyOnReturn: false })) {
      waiting = false;
      yield item as T;
      waitingSince = performance.now();
      waiting = true;
    }
    ended = true;
  } finally {
    clearInterval(timer);
    if (!ended) {
      read.cancel().catch(() => undefined);
      // The client remembers a call until somebody has read it to its end.
      read.resume();
    }
  }
}

/** Commit position of anything read from `$all`. */
export function positionOf(resolved: AllStreamResolvedEvent): bigint | undefined {
  return resolved.event?.position?.commit ?? resolved.commitPosition;
}

/** Repeats `attempt` over transient errors, with full jitter, until `deadlineMs` is over. */
export async function untilAnswered<T>(deadlineMs: number, attempt: (leftMs: number) => Promise<T>): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (let tries = 0; ; tries++) {
    const left = end - performance.now();
    try {
      return await attempt(Math.max(left, 1));
    } catch (error) {
      if (!isTransient(error)) throw error;
      const pause = Math.random() * Math.min(1_000, 20 * 2 ** tries);
      if (end - performance.now() <= pause) {
        throw new LogUnavailable('the event log gave no durable answer in time', { cause: error });
      }
      await sleep(pause);
    }
  }
}

/** One append as its caller wants it. */
export interface Wanted {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: number | 'none' | 'any';
}

/** What appends go over: the client, and its calls of many appends where it has them. */
export interface Appender {
  readonly client: EventStoreDBClient;
  readonly batches: BatchAppends | undefined;
}

/** One append over the wire, its errors in the kernel's terms. */
export async function appendOnce(appender: Appender, wanted: Wanted, leftMs: number): Promise<Written> {
  const { batches } = appender;
  const ms = Math.min(leftMs, 3_000);
  try {
    const written = await batches?.append({ ...wanted, deadline: Date.now() + Math.ceil(ms) }, ms);
    return written ?? (await appendAlone(appender, wanted, ms));
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) throw new WrongRevision(wanted.stream, { cause: error });
    if (error instanceof StreamDeletedError)
      throw new WrongRevision(`${wanted.stream} is tombstoned`, { cause: error });
    throw error;
  }
}

/** In a call of its own, which every server takes. */
async function appendAlone({ client }: Appender, { events, expected, stream }: Wanted, ms: number): Promise<Written> {
  const proposed = events.map((event) =>
    jsonEvent({ ...event, data: { ...event.data }, metadata: { ...event.metadata } }),
  );
  const expectedRevision = expected === 'none' ? 'no_stream' : expected === 'any' ? 'any' : BigInt(expected);
  const result = await within(ms, client.appendToStream(stream, proposed, { expectedRevision, deadline: ms }));
  return { revision: Number(result.nextExpectedRevision), position: result.position?.commit };
}

/** States in a stream's metadata from which revision on it is read (`$tb`), and leaves the rest of the metadata as it is. */
export async function truncateOnce(
  client: EventStoreDBClient,
  asked: { readonly stream: string; readonly beforeRevision: number; readonly leftMs: number },
): Promise<void> {
  const { beforeRevision, stream } = asked;
  const ms = Math.min(asked.leftMs, 3_000);
  const { metadata = {} } = await within(ms, client.getStreamMetadata(stream, { deadline: ms }));
  if (Number(metadata.truncateBefore ?? 0) >= beforeRevision) return;
  const changed = { ...metadata, truncateBefore: beforeRevision };
  await within(ms, client.setStreamMetadata(stream, changed, { deadline: ms }));
}

/** A stored event as the kernel sees it; undefined for what is not one of ours (system events, links, binary data). */
export function toLogEvent(resolved: ResolvedEvent | AllStreamResolvedEvent): LogEvent | undefined {
  const event = resolved.event;
  if (event === undefined || event.type.startsWith('$') || !event.isJson) return undefined;
  return {
    id: event.id,
    type: event.type,
    data: event.data as Readonly<Record<string, unknown>>,
    metadata: (event.metadata ?? {}) as Readonly<Record<string, unknown>>,
    stream: event.streamId,
    revision: Number(event.revision),
    position: event.position?.commit ?? resolved.commitPosition ?? 0n,
  };
}

/** Whether a read found no stream. */
export function isNoStream(error: unknown): boolean {
  return error instanceof StreamNotFoundError;
}
