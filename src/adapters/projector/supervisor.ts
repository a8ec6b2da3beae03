import type { Projection } from '../../kernel/projection.ts';
import type { Logger } from '../../kernel/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import { buildAndSwap } from './build.ts';
import { type Decision, decide } from './decide.ts';
import { followLag } from './gauges.ts';
import { keepLeases } from './heartbeats.ts';
import { Holdings } from './holdings.ts';
import { inLanes } from './lanes.ts';
import { acquire, inventory, ownerName, type TrackRow } from './leases.ts';
import type { ProjectorOptions, ProjectorStatus } from './options.ts';
import { groupByPlace } from './places.ts';
import { Reader, type ReaderDeps } from './reader.ts';
import { Track } from './track.ts';
import { createTrack, dropTrack } from './tracks.ts';

/** Milliseconds between two looks at who owns what. */
const lookMs = 500;
/** Milliseconds after which a table set that could not be made is tried again. */
const retryMakingMs = 10_000;

type Due = readonly [Projection, Decision];

/** Makes, takes, builds and lets go of table sets, and hands them to readers. */
export class Supervisor {
  readonly #options: ProjectorOptions;
  readonly #me = ownerName();
  readonly #ended = new AbortController();
  readonly #holdings: Holdings;
  readonly #readerDeps: ReaderDeps;
  readonly #main: Reader;
  readonly #notBefore = new Map<string, number>();
  readonly #told = new Set<string>();
  /** Live ones that no reader reads for yet. */
  readonly #opened: Track[] = [];
  readonly #sides = new Set<Promise<void>>();
  #wake = new AbortController();

  constructor(options: ProjectorOptions) {
    const { log, owner, telemetry } = options;
    this.#options = options;
    this.#holdings = new Holdings({ owner, telemetry, onDropped: (track) => this.#dropped(track) });
    this.#readerDeps = { log, owner, telemetry, onGivenUp: (track, error) => this.#holdings.giveUp(track, error) };
    const onTroubled = (track: Track): void => this.#catchUp([track]);
    this.#main = new Reader({ ...this.#readerDeps, onTroubled }, this.#ended.signal);
  }

  abort(): void {
    this.#ended.abort();
    this.#wake.abort();
  }

  status(): ProjectorStatus {
    return this.#holdings.status();
  }

  /** Resolves when everything has ended after `abort`. Never rejects. */
  async run(): Promise<void> {
    const { owner } = this.#options;
    const { signal } = this.#ended;
    const tracks = (): readonly Track[] => this.#holdings.tracks;
    const leases = { owner, log: this.#log, onLost: (track: Track) => this.#holdings.lose(track) };
    await Promise.all([
      this.#supervise(),
      this.#main.follow(),
      keepLeases(leases, tracks, signal),
      followLag(this.#options, tracks, signal),
    ]);
    await Promise.all(this.#sides);
    await this.#holdings.releaseAll();
  }

  async #supervise(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#ended.signal.aborted) {
      this.#wake = new AbortController();
      try {
        await this.#look();
        backoff.succeeded();
        await pause(lookMs, this.#wake.signal);
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
    const names = projections.map(({ name }) => name);
    const rows = await inventory(owner.run, names);
    const due = projections
      .filter(({ name }) => !this.#holdings.isStopped(name))
      .map(
        (projection): Due => [
          projection,
          decide(
            projection,
            rows.filter(({ name }) => name === projection.name),
          ),
        ],
      );
    for (const [projection] of due.filter(([, { outdated }]) => outdated)) this.#tellOutdated(projection);
    for (const row of due.flatMap(([, { drop }]) => drop)) await dropTrack(owner, row);
    try {
      await this.#takeAndMake(due);
    } finally {
      this.#place(this.#opened.splice(0).filter((track) => this.#holdings.has(track)));
    }
    if (await this.#holdings.askToResume()) this.#main.wake();
  }

  async #takeAndMake(due: readonly Due[]): Promise<void> {
    const free = due.flatMap(([, { take }]) => take);
    for (const row of await acquire(this.#options.owner, this.#me, free)) await this.#open(row);
    await inLanes(due, ([projection, { create }]) => this.#make(projection, create));
  }

  /** Never rejects: what cannot be made is tried again later. */
  async #make(projection: Projection, state: Decision['create']): Promise<void> {
    const early = (this.#notBefore.get(projection.name) ?? 0) > performance.now();
    if (state === undefined || early || this.#ended.signal.aborted) return;
    const { owner, appRole } = this.#options;
    const stillDue = (rows: readonly TrackRow[]): boolean => decide(projection, rows).create === state;
    try {
      const row = await createTrack(owner, projection, { owner: this.#me, appRole, state, if: stillDue });
      if (row !== undefined) await this.#open(row);
    } catch (error) {
      this.#notBefore.set(projection.name, performance.now() + retryMakingMs);
      const facts = { projection: projection.name, error: (error as Error).message };
      this.#log.error(facts, 'the tables of the read model cannot be made; trying again later');
    }
  }

  /** From here on its lease is kept. */
  async #open(row: TrackRow): Promise<void> {
    const projection = this.#options.projections.find(({ name }) => name === row.name) as Projection;
    const track = await Track.open(this.#options, projection, row);
    this.#holdings.add(track);
    if (row.state === 'building') this.#side(this.#build(track));
    else this.#opened.push(track);
  }

  /** All at once, so that those that stand together on the log are read for together. */
  #place(tracks: readonly Track[]): void {
    for (const group of groupByPlace(tracks, this.#main.tracks)) {
      if (group.joins) for (const track of group.tracks) this.#main.add(track);
      else this.#catchUp(group.tracks);
    }
  }

  /** Reads for these apart from the others until they have caught up. */
  #catchUp(tracks: readonly Track[]): void {
    const reader = this.#readerOf(tracks);
    const work = async (): Promise<void> => {
      while (!this.#ended.signal.aborted && reader.tracks.length > 0) if ((await reader.step()) === true) break;
      for (const track of reader.tracks) this.#join(track);
    };
    this.#side(work());
  }

  async #build(track: Track): Promise<void> {
    const building = { reader: this.#readerOf([track]), track };
    if (!(await buildAndSwap(this.#readerDeps, building, this.#ended.signal))) return;
    for (const other of this.#holdings.tracks) {
      if (other.name === track.name && other !== track) this.#holdings.lose(other);
    }
    this.#join(track);
  }

  #readerOf(tracks: readonly Track[]): Reader {
    const reader = new Reader(this.#readerDeps, this.#ended.signal);
    for (const track of tracks) reader.add(track);
    return reader;
  }

  #join(track: Track): void {
    if (this.#holdings.has(track)) this.#main.add(track);
  }

  #side(work: Promise<void>): void {
    const side = work.finally(() => this.#sides.delete(side));
    this.#sides.add(side);
  }

  #dropped(track: Track): void {
    this.#main.remove(track);
    this.#wake.abort();
  }

  #tellOutdated({ name }: Projection): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#log.warn({ projection: name }, 'the live tables are of a newer release; this process leaves them alone');
  }

  get #log(): Logger {
    return this.#options.telemetry.log;
  }
}
