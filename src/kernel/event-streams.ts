import type { LogEvent } from './log.ts';
import type { Principal } from './principal.ts';

/** Whose events are read, and for which subscription: what cursors are bound to. */
export interface StreamPlace {
  readonly tenant: string;
  readonly subscriptionId: string;
}

/** What a reader gets of an event: data of one line, or the reason why the stream ends there. Undefined: nothing. */
export type Rendered = { readonly data: string } | { readonly ends: string } | undefined;

export interface StreamRequest extends StreamPlace {
  readonly principal: Principal;
  /** Needed for as long as the stream lasts. */
  readonly permission: string;
  /** Commit position to begin behind. */
  readonly after: bigint;
  readonly render: (event: LogEvent) => Rendered | Promise<Rendered>;
}

/** What this process has streamed to one tenant. */
export interface StreamMetrics {
  readonly activeConnections: number;
  /** Over the last minute. */
  readonly eventsPerSecond: number;
  readonly totalEvents: number;
  readonly subscriptions: readonly {
    readonly subscriptionId: string;
    readonly events: number;
    /** ISO 8601, UTC */
    readonly lastAt: string;
  }[];
}

/** Long-lived reads of a tenant's events, as server-sent events (HTML Standard §9.2). */
export interface EventStreams {
  /** Where a reader left off; undefined for a cursor that is forged, or another tenant's or subscription's. */
  positionOf(place: StreamPlace, cursor: string): bigint | undefined;
  /** Commit position of the last event. @throws {StoreUnavailable} */
  head(): Promise<bigint>;
  /** Whether the tenant may open one more here. */
  hasRoom(tenant: string): boolean;
  /** The stream's bytes, from the first reading on. It ends when the credential does, and can be left at any time. */
  open(request: StreamRequest): AsyncIterable<Uint8Array>;
  metrics(tenant: string): StreamMetrics;
}
