import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamRequest } from '../../kernel/event-streams.ts';
import type { LogPage } from '../../kernel/log.ts';
import type { CursorCodec } from '../../kernel/pipeline/paging.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import type { LogTail, ReadableLog } from '../tail/log-tail.ts';
import type { StreamCounts } from './counts.ts';
import { bytes, closing, idOf, type Part, partsOf } from './parts.ts';

/** Whether a credential still counts; `unknown` while that cannot be told. */
export type Standing = 'good' | 'over' | 'unknown';

export interface StreamingOptions {
  readonly log: ReadableLog;
  readonly cursors: CursorCodec;
  /** Asked before each part that is sent, without waiting. */
  readonly standing: (principal: Principal, permission: string) => Standing;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Milliseconds of silence after which a comment is sent; 15,000 where absent. */
  readonly heartbeatMs?: number;
}

/** Milliseconds after which a client that lost its connection is to come back. */
const retryMs = 3_000;
/** Milliseconds between two looks at the credential: well within the lease a revocation waits out. */
const lookMs = 300;
const heartbeatMs = 15_000;

export interface Reading extends StreamingOptions {
  readonly tail: LogTail;
  readonly counts: StreamCounts;
  readonly stopping: AbortSignal;
}

/** Reads the log for one client, as fast as it takes what is sent. */
export class StreamReader {
  readonly #reading: Reading;
  readonly #request: StreamRequest;
  readonly #left: AbortSignal;
  /** Aborts when the client leaves or the server ends. */
  readonly #leaving: AbortSignal;
  #position: bigint;
  #sentAt: number;

  constructor(reading: Reading, request: StreamRequest, left: AbortSignal) {
    this.#reading = reading;
    this.#request = request;
    this.#left = left;
    this.#leaving = AbortSignal.any([left, reading.stopping]);
    this.#position = request.after;
    this.#sentAt = reading.clock.now();
  }

  async *parts(): AsyncGenerator<Uint8Array> {
    yield bytes(`retry: ${retryMs}\n: open\n\n`);
    while (!this.#left.aborted) {
      const end = this.#end();
      if (end !== undefined) return yield end;
      const ended = yield* this.#turn();
      if (ended) return;
      if (this.#silentMs() >= (this.#reading.heartbeatMs ?? heartbeatMs)) yield this.#heartbeat();
    }
  }

  /** Sends what comes next. @returns whether the stream ends with it */
  async *#turn(): AsyncGenerator<Uint8Array, boolean> {
    for (const part of await this.#next()) {
      // One before may have waited for its receiver.
      if (!this.#stands('good')) return false;
      yield this.#sent(part);
      if (part.ends) return true;
    }
    return false;
  }

  #stands(as: 'good' | 'over'): boolean {
    return this.#reading.standing(this.#request.principal, this.#request.permission) === as;
  }

  #end(): Uint8Array | undefined {
    if (this.#stands('over')) return closing('revoked', 'The credential is no longer accepted.');
    if (this.#reading.stopping.aborted) return closing('stopping', 'This server ends; come back with the last id.');
    return undefined;
  }

  /** What comes next; nothing after a wait in which nothing did. While the credential or a store cannot be asked, the stream waits. */
  async #next(): Promise<readonly Part[]> {
    const found = this.#stands('good') ? await this.#found() : undefined;
    if (found === undefined) {
      await sleep(lookMs, undefined, { signal: this.#leaving }).catch(() => undefined);
      return [];
    }
    const { page, parts } = found;
    if (parts.length === 0) this.#position = page.next ?? this.#position;
    if (page.events.length === 0) await this.#reading.tail.beyond(this.#position, lookMs, this.#leaving);
    return parts;
  }

  async #found(): Promise<{ readonly page: LogPage; readonly parts: readonly Part[] } | undefined> {
    const { cursors, tail } = this.#reading;
    try {
      const page = await tail.read(this.#position);
      return { page, parts: await partsOf(cursors, this.#request, page) };
    } catch (error) {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    }
  }

  #sent({ events, position, text }: Part): Uint8Array {
    const { clock, counts, telemetry } = this.#reading;
    const { subscriptionId, tenant } = this.#request;
    this.#position = position;
    this.#sentAt = clock.now();
    counts.sent(tenant, subscriptionId, { events, atMs: this.#sentAt });
    telemetry.metrics.count('keyledger_stream_events_total', {}, events);
    return bytes(text);
  }

  #silentMs(): number {
    return this.#reading.clock.now() - this.#sentAt;
  }

  #heartbeat(): Uint8Array {
    this.#sentAt = this.#reading.clock.now();
    return bytes(`${idOf(this.#reading.cursors, this.#request, this.#position)}: still here\n\n`);
  }
}
