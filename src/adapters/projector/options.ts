import type { EventLog } from '../../kernel/log.ts';
import type { Projection } from '../../kernel/projection.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';

export interface ProjectorOptions {
  readonly log: EventLog;
  /** The pool of the role that owns the tables. */
  readonly owner: Database;
  /** The role that serves requests. */
  readonly appRole: string;
  readonly projections: readonly Projection[];
  readonly telemetry: Telemetry;
  /** Told of each live read model whose position was committed: who waits in this process need not wait for the database to tell. */
  readonly onMoved?: (name: string, position: bigint) => void;
  /** Names of the projections to run here; all where absent. */
  readonly only?: readonly string[];
}

/** What this process does with one table set. */
export interface TrackStatus {
  readonly projection: string;
  readonly generation: number;
  readonly version: number;
  readonly state: 'live' | 'building';
  readonly position: bigint | undefined;
  readonly parkedStreams: number;
}

export interface ProjectorStatus {
  /** The table sets this process owns. */
  readonly tracks: readonly TrackStatus[];
  /** Projections this process has stopped, and why. */
  readonly stopped: readonly { readonly projection: string; readonly reason: string }[];
}
