import type { EventLog } from '../../kernel/log.ts';
import type { Projection } from '../../kernel/projection.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { tellProgress } from './build.ts';
import { keepLeases } from './heartbeats.ts';
import { LeaseLost, ownerName, release, type TrackRow } from './leases.ts';
import { Reader } from './reader.ts';
import { Track } from './track.ts';
import { createTrack, dropTrack } from './tracks.ts';

export interface WorkshopDeps {
  readonly log: EventLog;
  /** The pool of the role that owns the tables. */
  readonly owner: Database;
  /** The role that serves requests. */
  readonly appRole: string;
  readonly telemetry: Telemetry;
}

/** A table set that this process alone works on, apart from the live ones, with its lease kept. */
export interface Workshop {
  readonly track: Track;
  readonly reader: Reader;
  /** Aborts when the caller cancels, or when the table set cannot be worked on any more. */
  readonly signal: AbortSignal;
  /** Why the table set was given up; undefined where it was not. */
  failure(): unknown;
  /** Ends the work; `keep` leaves the tables where they are and gives the lease up. */
  close(outcome: 'drop' | 'keep'): Promise<void>;
}

/**
 * Opens a table set for work of this process's own. Where the process dies, the lease expires and a projector cleans up.
 *
 * @returns undefined where `making.if` says no
 */
export async function openWorkshop(
  deps: WorkshopDeps,
  projection: Projection,
  making: {
    readonly state: 'building' | 'scratch';
    readonly schema?: string;
    readonly if?: (rows: readonly TrackRow[]) => boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Workshop | undefined> {
  const { signal: cancelled, ...kind } = making;
  const row = await createTrack(deps.owner, projection, { ...kind, owner: ownerName(), appRole: deps.appRole });
  if (row === undefined) return undefined;
  const track = await Track.open(deps, projection, row);
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(cancelled === undefined ? [] : [cancelled])]);
  let failure: unknown;
  const giveUp = (_: Track, error: unknown): void => {
    failure ??= error;
    ended.abort();
  };
  const reader = new Reader({ ...deps, onGivenUp: giveUp }, signal);
  reader.add(track);
  const onLost = (lost: Track): void => giveUp(lost, new LeaseLost(`${lost.name}: the lease is lost`));
  const keeping = new AbortController();
  const kept = keepLeases({ owner: deps.owner, log: deps.telemetry.log, onLost }, () => [track], keeping.signal);
  const quiet = making.state === 'scratch' ? tellProgress(deps, track) : undefined;
  return {
    track,
    reader,
    signal,
    failure: () => failure,
    close: async (outcome) => {
      quiet?.();
      keeping.abort();
      await kept;
      if (outcome === 'drop') await dropTrack(deps.owner, track, track);
      else await release(deps.owner, [track]);
    },
  };
}
