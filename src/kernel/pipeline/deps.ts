import type { EventLog } from '../log.ts';
import type { Clock, Gates, Ports } from '../ports.ts';
import type { Row } from '../query.ts';
import type { SnapshotStore } from '../snapshots.ts';
import type { Sql } from '../sql.ts';
import type { StoreUnavailable } from '../unavailable.ts';
import type { CredentialFailures } from './credential-failures.ts';
import type { FactWriter } from './fact-writer.ts';
import type { CursorCodec } from './paging.ts';
import type { Streams } from './streams.ts';
import type { Turns } from './turns.ts';

/** The read side, as queries need it. */
export interface ReadModels {
  /** @throws {StoreUnavailable} */
  run(tenant: string, statement: Sql): Promise<readonly Row[]>;
  /** Resolves when every named projection has seen the position: false where it took longer than `timeoutMs`. */
  waitFor(projections: readonly string[], position: bigint, timeoutMs: number): Promise<boolean>;
}

/** What the composition root gives the pipeline. */
export interface PipelineOptions {
  readonly log: EventLog;
  readonly ports: Ports;
  readonly gates: Gates;
  readonly clock: Clock;
  readonly readModels: ReadModels;
  readonly cursors: CursorCodec;
  readonly snapshots?: SnapshotStore;
  /** Milliseconds a read waits for a position before 503; 5,000 where absent. */
  readonly waitTimeoutMs?: number;
  /** Told of errors that are bugs, with what was asked; never with input values. */
  readonly onBug?: (error: unknown, call: { readonly endpoint: string; readonly requestId: string }) => void;
  /** Told which store a request did without, where it was answered with 503. */
  readonly onAway?: (error: StoreUnavailable, call: { readonly endpoint: string; readonly requestId: string }) => void;
}

export interface Deps extends PipelineOptions {
  readonly streams: Streams;
  readonly turns: Turns;
  readonly failures: CredentialFailures;
  readonly facts: FactWriter;
}
