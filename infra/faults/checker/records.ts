import type { LogEvent } from '../../../src/kernel/log.ts';

/** What a client asked for. A mark names one intended write, over all attempts at it. */
export type Asked =
  | { readonly kind: 'write'; readonly mark: string; readonly secretId: string }
  | { readonly kind: 'destroy'; readonly mark: string; readonly secretId: string; readonly version: number }
  | { readonly kind: 'summary'; readonly secretId: string; readonly waitFor?: string }
  | { readonly kind: 'open'; readonly secretId: string; readonly version: number };

/** `unknown`: no answer, or one that says that a store was away. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

/** One request, as the client that sent it saw it. Times are milliseconds of one steady clock that all clients share. */
export interface RequestRecord {
  readonly tenant: string;
  readonly asked: Asked;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly status?: number;
  readonly code?: string;
  /** Commit position, as the answer's header said it. */
  readonly position?: string;
  readonly answer?: Readonly<Record<string, unknown>>;
}

/** A webhook that the receiver took. */
export interface DeliveryRecord {
  readonly tenant: string;
  /** The `webhook-id`, by which receivers tell repeats. */
  readonly id: string;
  /** What it told of, as `<stream>@<revision>`. */
  readonly about: string;
}

/** SHA-256 over the rows of one tenant in one table, live and by a replay of the log. */
export interface TableDigest {
  readonly table: string;
  readonly tenant: string;
  readonly live: string;
  readonly replayed: string;
}

export interface Usage {
  readonly tenant: string;
  readonly meter: string;
  readonly units: number;
}

/** A row of the audit, as far as it proves itself. Hashes in hexadecimal. */
export interface ChainedEntry {
  readonly tenant: string;
  readonly index: number;
  readonly eventId: string;
  readonly leaf: string;
  readonly chain: string;
}

/** What was read when everything had come to rest. */
export interface FinalReading {
  /** The whole log, in commit order. */
  readonly events: readonly LogEvent[];
  readonly tables: readonly TableDigest[];
  readonly usage: readonly Usage[];
  /** By tenant, then index. */
  readonly entries: readonly ChainedEntry[];
}

/** Everything the verdict rests on: nothing of it was kept by the system itself but the final reading. */
export interface History {
  readonly requests: readonly RequestRecord[];
  readonly deliveries: readonly DeliveryRecord[];
  readonly final: FinalReading;
  /** Units a month that tenants may use. */
  readonly limits: readonly Usage[];
  /** Units by which a limit may have been passed: those that were being asked for each time Redis forgot what it held. */
  readonly slack: number;
  /** Tenants whose events about secrets go to a receiver. */
  readonly subscribed: readonly string[];
  /** Whether something was broken on purpose, so that a delivery may come again under its id. */
  readonly disturbed: boolean;
}

/** What does not hold, and where. */
export interface Violation {
  readonly check: string;
  readonly tenant: string;
  readonly detail: string;
}

export type Check = (history: History) => readonly Violation[];
