import type { EventStreams, StreamPlace, StreamRequest } from '../../kernel/event-streams.ts';
import type { CursorCodec } from '../../kernel/pipeline/paging.ts';
import { LogTail } from '../tail/log-tail.ts';
import { StreamCounts } from './counts.ts';
import { bindingOf } from './parts.ts';
import { type Reading, type StreamingOptions, StreamReader } from './reader.ts';

/** Streams one tenant may have open in one process. */
const mostOfTenant = 500;

/**
 * Event streams straight from the log. There is no buffer that could run over: a reader that is slow, or comes back after a
 * week, is read for from where it stands.
 */
export function createEventStreams(options: StreamingOptions): EventStreams & { stop(): Promise<void> } {
  const tail = new LogTail(options.log);
  const counts = new StreamCounts();
  const stopping = new AbortController();
  const reading = { ...options, tail, counts, stopping: stopping.signal };
  return {
    positionOf: (place, cursor) => positionOf(options.cursors, place, cursor),
    head: async () => (await tail.head()) ?? 0n,
    hasRoom: (tenant) => counts.openOf(tenant) < mostOfTenant,
    metrics: (tenant) => counts.metrics(tenant, options.clock.now()),
    open: (request) => leavable((left) => read(reading, request, left)),
    stop: async () => {
      stopping.abort();
      await tail.stop();
    },
  };
}

function positionOf(cursors: CursorCodec, place: StreamPlace, cursor: string): bigint | undefined {
  const [position] = cursors.decode(bindingOf(place), cursor) ?? [];
  return typeof position === 'string' ? BigInt(position) : undefined;
}

/** An iterable whose `return` also wakes what it waits for. */
function leavable(make: (left: AbortSignal) => AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      const left = new AbortController();
      const parts = make(left.signal);
      return {
        next: () => parts.next(),
        return: () => {
          left.abort();
          return parts.return(undefined);
        },
      };
    },
  };
}

async function* read(reading: Reading, request: StreamRequest, left: AbortSignal): AsyncGenerator<Uint8Array> {
  const { counts, telemetry } = reading;
  counts.opened(request.tenant);
  telemetry.metrics.gauge('keyledger_streams_open', counts.open);
  try {
    yield* new StreamReader(reading, request, left).parts();
  } finally {
    counts.closed(request.tenant);
    telemetry.metrics.gauge('keyledger_streams_open', counts.open);
  }
}
