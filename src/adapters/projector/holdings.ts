import { UnknownEventVersion } from '../../kernel/codec.ts';
import { sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { keyOf, release } from './leases.ts';
import type { ProjectorStatus } from './options.ts';
import type { Track } from './track.ts';

export interface HoldingsDeps {
  readonly owner: Database;
  readonly telemetry: Telemetry;
  /** Told of a track that is not held any more. */
  readonly onDropped: (track: Track) => void;
}

/** The table sets this process owns, and the projections it has stopped. */
export class Holdings {
  readonly #deps: HoldingsDeps;
  readonly #held = new Map<string, Track>();
  /** Not to be taken again by this process, and why. */
  readonly #stopped = new Map<string, string>();

  constructor(deps: HoldingsDeps) {
    this.#deps = deps;
  }

  get tracks(): readonly Track[] {
    return [...this.#held.values()];
  }

  add(track: Track): void {
    this.#held.set(keyOf(track), track);
    this.#tellOwned(track.name);
  }

  has(track: Track): boolean {
    return this.#held.get(keyOf(track)) === track;
  }

  isStopped(projection: string): boolean {
    return this.#stopped.has(projection);
  }

  /** Somebody else owns it now, or it is gone. */
  lose(track: Track): void {
    if (!this.has(track)) return;
    this.#held.delete(keyOf(track));
    this.#tellOwned(track.name);
    const { telemetry, onDropped } = this.#deps;
    telemetry.log.info(
      { projection: track.name, generation: track.generation },
      'no longer the owner of the read model',
    );
    onDropped(track);
  }

  /** It cannot go on here: an event that is newer than this program stops the projection, loudly. */
  giveUp(track: Track, error: unknown): void {
    const { owner, telemetry } = this.#deps;
    const problem = error instanceof UnknownEventVersion ? error.message : undefined;
    if (problem !== undefined) {
      this.#stopped.set(track.name, problem);
      telemetry.log.error({ projection: track.name, error: problem }, 'the read model was stopped');
    }
    // Where the epoch is over this touches nothing.
    release(owner, [track], problem).catch(() => undefined);
    this.lose(track);
  }

  /** Gives every lease up. */
  async releaseAll(): Promise<void> {
    await release(this.#deps.owner, this.tracks).catch(() => undefined);
  }

  /** Tells the tracks whose parked streams somebody wants to be taken up again. @returns whether there are any */
  async askToResume(): Promise<boolean> {
    if (!this.tracks.some(({ parked }) => parked.size > 0)) return false;
    const asked = await this.#deps.owner.run(
      sql`select distinct projection as name, generation from kernel.parked_streams where resume`,
    );
    const named = asked.map((row) => keyOf({ name: String(row['name']), generation: Number(row['generation']) }));
    const tracks = named.flatMap((key) => this.#held.get(key) ?? []);
    for (const track of tracks) track.resumeAsked = true;
    return tracks.length > 0;
  }

  status(): ProjectorStatus {
    return {
      tracks: this.tracks.map(({ row, parked, position }) => ({
        projection: row.name,
        generation: row.generation,
        version: row.version,
        state: row.state === 'live' ? 'live' : 'building',
        position,
        parkedStreams: parked.size,
      })),
      stopped: [...this.#stopped].map(([projection, reason]) => ({ projection, reason })),
    };
  }

  #tellOwned(projection: string): void {
    const owned = this.tracks.some(({ name }) => name === projection);
    this.#deps.telemetry.metrics.gauge('keyledger_projection_owner', owned ? 1 : 0, { projection });
  }
}
