import { UnknownEventVersion } from '../../kernel/codec.ts';
import type { Projection } from '../../kernel/projection.ts';
import { sql } from '../../kernel/sql.ts';
import { Backoff, pause } from './backoff.ts';
import { buildAndSwap } from './build.ts';
import { decide } from './decide.ts';
import { Gauges } from './gauges.ts';
import { keepLeases } from './heartbeats.ts';
import { acquire, heartbeatMs, inventory, keyOf, ownerName, release, type TrackRow } from './leases.ts';
import { groupByPlace } from './places.ts';
import type { ProjectorOptions, ProjectorStatus } from './projector.ts';
import { Reader, type ReaderDeps } from './reader.ts';
import { Track } from './track.ts';
import { createTrack, dropTrack } from './tracks.ts';

/** Milliseconds after which a table set that could not be made is tried again. */
const retryMakingMs = 10_000;

/** Owns table sets: makes, takes, builds and lets go of them, and hands them to readers. */
export class Supervisor {
  readonly #options: ProjectorOptions;
  readonly #me = ownerName();
  readonly #ended = new AbortController();
  readonly #held = new Map<string, Track>();
  /** Projections not to be taken again by this process, and why. */
  readonly #stopped = new Map<string, string>();
  readonly #notBefore = new Map<string, number>();
  readonly #told = new Set<string>();
  readonly #sides = new Set<Promise<void>>();
  readonly #main: Reader;
  readonly #gauges: Gauges;
  #wake = new AbortController();

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#gauges = new Gauges(options);
    this.#main = new Reader({ ...this.#deps(), onTroubled: (track) => this.#catchUp([track]) }, this.#ended.signal);
  }

  abort(): void {
    this.#ended.abort();
    this.#wake.abort();
  }

  status(): ProjectorStatus {
    return {
      tracks: [...this.#held.values()].map(({ row, parked, position }) => ({
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

  /** Resolves when everything has ended after `abort`. Never rejects. */
  async run(): Promise<void> {
    const { owner, telemetry } = this.#options;
    const held = (): readonly Track[] => [...this.#held.values()];
    const leases = { owner, log: telemetry.log, onLost: (track: Track) => this.#lose(track) };
    const { signal } = this.#ended;
    await Promise.all([
      this.#supervise(),
      this.#main.follow(),
      keepLeases(leases, held, signal),
      this.#gauges.follow(held, signal),
    ]);
    await Promise.all(this.#sides);
    await release(owner, held()).catch(() => undefined);
  }

  async #supervise(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#ended.signal.aborted) {
      this.#wake = new AbortController();
      try {
        await this.#look();
        backoff.succeeded();
        await pause(heartbeatMs, this.#wake.signal);
      } catch (error) {
        const ms = backoff.next();
        this.#log.warn({ error: (error as Error).message, retryMs: ms }, 'the read models cannot be supervised');
        await pause(ms, this.#ended.signal);
      }
    }
  }

  /** One look at what there is, and what follows from it. */
  async #look(): Promise<void> {
    const { owner, projections } = this.#options;
    const rows = await inventory(
      owner.run,
      projections.map(({ name }) => name),
    );
    const take: TrackRow[] = [];
    for (const projection of projections) {
      if (this.#ended.signal.aborted) return;
      if (this.#stopped.has(projection.name)) continue;
      const decision = decide(
        projection,
        rows.filter(({ name }) => name === projection.name),
      );
      if (decision.outdated)
        this.#tellOnce(projection, 'its live tables are of a newer release; this process leaves them alone');
      for (const row of decision.drop) await dropTrack(owner, row);
      take.push(...decision.take);
      if (decision.create !== undefined) await this.#make(projection, decision.create);
    }
    await this.#open(await acquire(owner, this.#me, take));
    await this.#askToResume();
  }

  async #make(projection: Projection, state: 'live' | 'building'): Promise<void> {
    if ((this.#notBefore.get(projection.name) ?? 0) > performance.now()) return;
    const { owner, appRole } = this.#options;
    const stillDue = (rows: readonly TrackRow[]): boolean => decide(projection, rows).create === state;
    try {
      const row = await createTrack(owner, projection, { owner: this.#me, appRole, state, if: stillDue });
      if (row !== undefined) await this.#open([row]);
    } catch (error) {
      this.#notBefore.set(projection.name, performance.now() + retryMakingMs);
      this.#log.error(
        { projection: projection.name, error: (error as Error).message },
        'the tables of the read model cannot be made',
      );
    }
  }

  async #open(rows: readonly TrackRow[]): Promise<void> {
    const opened: Track[] = [];
    for (const row of rows) {
      const projection = this.#options.projections.find(({ name }) => name === row.name) as Projection;
      const track = await Track.open(this.#options, projection, row);
      this.#held.set(keyOf(track), track);
      this.#tellOwned(track.name);
      if (row.state === 'building') this.#side(this.#build(track));
      else opened.push(track);
    }
    for (const group of groupByPlace(opened, this.#main.tracks)) {
      if (group.joins) for (const track of group.tracks) this.#main.add(track);
      else this.#catchUp(group.tracks);
    }
  }

  /** Reads for these apart from the others until they have caught up. */
  #catchUp(tracks: readonly Track[]): void {
    const reader = new Reader(this.#deps(), this.#ended.signal);
    for (const track of tracks) reader.add(track);
    const work = async (): Promise<void> => {
      while (!this.#ended.signal.aborted && reader.tracks.length > 0) if ((await reader.step()) === true) break;
      for (const track of reader.tracks) {
        reader.remove(track);
        if (this.#holds(track)) this.#main.add(track);
      }
    };
    this.#side(work());
  }

  async #build(track: Track): Promise<void> {
    const reader = new Reader(this.#deps(), this.#ended.signal);
    reader.add(track);
    if (!(await buildAndSwap(this.#deps(), { reader, track }, this.#ended.signal))) return;
    for (const other of this.#held.values()) {
      if (other.name === track.name && other !== track) this.#lose(other);
    }
    if (this.#holds(track)) this.#main.add(track);
  }

  #side(work: Promise<void>): void {
    const side = work.finally(() => this.#sides.delete(side));
    this.#sides.add(side);
  }

  async #askToResume(): Promise<void> {
    const { owner } = this.#options;
    if (![...this.#held.values()].some(({ parked }) => parked.size > 0)) return;
    const asked = await owner.run(
      sql`select distinct projection as name, generation from kernel.parked_streams where resume`,
    );
    for (const row of asked) {
      const track = this.#held.get(keyOf({ name: String(row['name']), generation: Number(row['generation']) }));
      if (track === undefined) continue;
      track.resumeAsked = true;
      this.#main.wake();
    }
  }

  /** A reader cannot go on with it. */
  #giveUp(track: Track, error: unknown): void {
    const { owner } = this.#options;
    if (error instanceof UnknownEventVersion) {
      this.#stopped.set(track.name, error.message);
      this.#log.error({ projection: track.name, error: error.message }, 'the read model was stopped');
    }
    const problem = error instanceof UnknownEventVersion ? error.message : undefined;
    // Where the epoch is over this touches nothing.
    release(owner, [track], problem).catch(() => undefined);
    this.#lose(track);
  }

  #lose(track: Track): void {
    if (!this.#holds(track)) return;
    this.#held.delete(keyOf(track));
    this.#main.remove(track);
    this.#tellOwned(track.name);
    this.#log.info({ projection: track.name, generation: track.generation }, 'no longer the owner of the read model');
    this.#wake.abort();
  }

  #tellOwned(name: string): void {
    this.#gauges.owned(
      name,
      [...this.#held.values()].some((track) => track.name === name),
    );
  }

  #holds(track: Track): boolean {
    return this.#held.get(keyOf(track)) === track;
  }

  #tellOnce({ name }: Projection, message: string): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#log.warn({ projection: name }, message);
  }

  #deps(): ReaderDeps {
    const { log, owner, telemetry } = this.#options;
    return { log, owner, telemetry, onGivenUp: (track, error) => this.#giveUp(track, error) };
  }

  get #log(): ProjectorOptions['telemetry']['log'] {
    return this.#options.telemetry.log;
  }
}
