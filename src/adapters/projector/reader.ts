import type { EventLog } from '../../kernel/log.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { Backoff, pause } from './backoff.ts';
import { Convoy } from './convoy.ts';
import { isFinal } from './failures.ts';
import type { Fallen } from './fallen.ts';
import { ReadAhead } from './read-ahead.ts';
import { IdleSaver, lowest, round } from './round.ts';
import type { Track } from './track.ts';

export interface ReaderDeps {
  readonly log: EventLog;
  readonly owner: Database;
  readonly telemetry: Telemetry;
  /** Told of a track that this reader has given up: its lease is lost, or an event is newer than this program. */
  readonly onGivenUp: (track: Track, error: unknown) => void;
  /** Told of a track that this reader has let go, since it fails where others go on. Without it, they wait for one another. */
  readonly onTroubled?: (track: Track) => void;
}

/** Milliseconds between two batches of one that has caught up, at most: half as long as the last batch took. */
const restMostMs = 10;

/** Reads the log for a set of tracks. A notification only wakes it: it always reads again from its own tracks' positions. */
export class Reader {
  readonly #deps: ReaderDeps;
  readonly #tracks = new Set<Track>();
  readonly #idle: IdleSaver;
  readonly #pages: ReadAhead;
  readonly #convoy: Convoy;
  readonly #backoff = new Backoff();
  readonly #signal: AbortSignal;
  #wake: AbortController = new AbortController();

  constructor(deps: ReaderDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#idle = new IdleSaver(deps.owner);
    this.#pages = new ReadAhead(deps.log);
    this.#convoy = new Convoy(deps.owner);
  }

  get tracks(): readonly Track[] {
    return [...this.#tracks];
  }

  add(track: Track): void {
    this.#tracks.add(track);
    this.wake();
  }

  remove(track: Track): void {
    this.#tracks.delete(track);
  }

  /** Ends a wait, so that what has changed is seen now. */
  wake(): void {
    this.#wake.abort();
  }

  /** Follows the log until the signal aborts. Never rejects. */
  async follow(): Promise<void> {
    this.#signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!this.#signal.aborted) {
      this.#wake = new AbortController();
      const began = performance.now();
      const caughtUp = await this.step();
      const tookMs = performance.now() - began;
      if (this.#tracks.size === 0) await pause(60_000, this.#wake.signal);
      else if (caughtUp === true) await this.#restAndWait(Math.min(tookMs / 2, restMostMs));
    }
    await this.#saveIdle(true).catch(() => undefined);
  }

  /**
   * Reads and applies one page, after a growing delay where that fails.
   *
   * @returns whether nothing more was there; undefined where it failed
   */
  async step(upTo?: bigint): Promise<boolean | undefined> {
    const tracks = this.tracks;
    if (tracks.length === 0) return true;
    try {
      const { caughtUp, fallen } = await round(
        { ...this.#deps, pages: this.#pages, convoy: this.#convoy },
        tracks,
        upTo,
      );
      this.#sort([...fallen, ...(await this.#saveIdle(false))]);
      this.#backoff.succeeded();
      return caughtUp;
    } catch (error) {
      const ms = this.#backoff.next();
      const projections =
        tracks.length > 5 ? `${tracks.length} read models` : tracks.map(({ name }) => name).join(', ');
      const facts = { projections, error: (error as Error).message, retryMs: ms };
      if (!this.#signal.aborted) this.#deps.telemetry.log.warn(facts, 'a batch could not be applied; trying again');
      await pause(ms, this.#signal);
      return undefined;
    }
  }

  /** Saves every checkpoint, whenever the last save was. Rejects where the database is away. */
  async flush(): Promise<void> {
    this.#sort(await this.#saveIdle(true));
  }

  async #saveIdle(now: boolean): Promise<readonly Fallen[]> {
    const due = this.#idle.dueIn(this.tracks);
    return due === undefined || (due > 0 && !now) ? [] : this.#idle.save(this.tracks);
  }

  /** Lets go what cannot go on here. Throws what befell those that have to go on here. */
  #sort(fallen: readonly Fallen[]): void {
    const { onGivenUp, onTroubled } = this.#deps;
    const failing = fallen.filter(({ track, error }) => {
      if (!isFinal(error)) return true;
      this.#tracks.delete(track);
      onGivenUp(track, error);
      return false;
    });
    if (onTroubled === undefined || failing.length >= this.#tracks.size) {
      for (const { error } of failing) throw error;
      return;
    }
    for (const { track } of failing) {
      this.#tracks.delete(track);
      onTroubled(track);
    }
  }

  /** Under load a little rest lets events gather: what a batch costs besides them is shared by more. */
  async #restAndWait(ms: number): Promise<void> {
    const rested = pause(ms, this.#signal);
    await this.#waitForMore();
    await rested;
  }

  async #waitForMore(): Promise<void> {
    const { signal } = this.#wake;
    const due = this.#idle.dueIn(this.tracks);
    const timer = due === undefined ? undefined : setTimeout(() => this.wake(), due);
    await this.#deps.log.waitBeyond(lowest(this.#tracks), signal).catch(() => pause(this.#backoff.next(), signal));
    clearTimeout(timer);
  }
}
