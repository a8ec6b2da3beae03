import { LRUCache } from 'lru-cache';
import type { EventLog, LogEvent } from '../../kernel/log.ts';
import type { Projection } from '../../kernel/projection.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { LookAhead } from './ahead.ts';
import { type Batch, commitEach, commitWhole } from './commit.ts';
import { isPoison } from './failures.ts';
import { Interests } from './interests.ts';
import type { Held, TrackRow } from './leases.ts';
import { Names } from './named.ts';
import { type Parked, parkedOf } from './parked.ts';
import { type Plan, planBatch } from './plan.ts';

/** Things a stateful projection may remember, at most. */
const rememberedAtMost = 1_000;

/** What a track works with. */
export interface TrackDeps {
  readonly log: EventLog;
  readonly owner: Database;
  readonly telemetry: Telemetry;
  /** Told of each live read model whose position was committed. */
  readonly onMoved?: ((name: string, position: bigint) => void) | undefined;
}

/** What a page of the log comes to for a track. */
export interface Due {
  readonly track: Track;
  readonly plan: Plan;
  /** Where the track stands then; undefined where it can take nothing. */
  readonly until: bigint | undefined;
  /** Streams that were parked before. */
  readonly parkedBefore: number;
}

/**
 * One table set of a projection that this process owns, and its place on the log. Rows and checkpoint commit together, fenced by the
 * lease's epoch. Its calls must not overlap: whoever reads for it waits for each.
 */
export class Track implements Held {
  readonly projection: Projection;
  readonly interests: Interests;
  readonly name: string;
  readonly generation: number;
  readonly epoch: number;
  readonly owner: string;
  readonly names: Names;
  /** What its projection remembers of the rows that were committed. */
  readonly memory = new LRUCache<string, NonNullable<unknown>>({ max: rememberedAtMost });
  /** Streams that are passed over, by name. */
  readonly parked: Set<string>;
  /** Somebody asked for the parked streams to be taken up again. */
  resumeAsked = false;
  readonly #deps: TrackDeps;
  readonly #ahead: LookAhead;
  #row: TrackRow;
  /** A batch was begun and is not committed. */
  #inBatch = false;
  #position: bigint | undefined;
  #saved: bigint | undefined;

  private constructor(deps: TrackDeps, projection: Projection, row: TrackRow, parked: Iterable<string>) {
    this.projection = projection;
    this.interests = new Interests(projection);
    this.name = row.name;
    this.generation = row.generation;
    this.epoch = row.epoch;
    this.owner = row.owner ?? '';
    this.names = new Names(row);
    this.parked = new Set(parked);
    this.#deps = deps;
    this.#ahead = new LookAhead(deps, this);
    this.#row = row;
    this.#position = row.position;
    this.#saved = row.position;
  }

  /** @param row as it was acquired */
  static async open(deps: TrackDeps, projection: Projection, row: TrackRow): Promise<Track> {
    const track = new Track(
      deps,
      projection,
      row,
      (await parkedOf(deps.owner.run, row)).map(({ stream }) => stream),
    );
    track.#tellParked();
    return track;
  }

  get row(): TrackRow {
    return { ...this.#row, position: this.#saved };
  }

  /** Every event up to here is in the rows, or parked. */
  get position(): bigint | undefined {
    return this.#position;
  }

  /** The part of `position` that the database knows. */
  get saved(): bigint | undefined {
    return this.#saved;
  }

  /** Tells the track that it was swapped in. */
  published(row: Pick<TrackRow, 'state' | 'schema'>): void {
    this.#row = { ...this.#row, ...row };
    this.#tellParked();
  }

  /** Nothing for it up to here: the checkpoint follows with the next batch or `saveIdle`. */
  idleUntil(position: bigint): void {
    if (position > (this.#position ?? -1n)) this.#position = position;
  }

  /** Tells the track that an idle checkpoint was saved. */
  idleSaved(position: bigint): void {
    this.#saved = position;
    this.#tellMoved(position);
  }

  /**
   * What the events come to, before they meet the database.
   *
   * @param events those behind `position`, in order
   * @param next the position up to which the log has been read
   * @throws {LeaseLost} somebody else owns the table set
   */
  async prepare(events: readonly LogEvent[], next: bigint): Promise<Due> {
    if (events.length > 0) await this.#ahead.look();
    const plan = planBatch(this.interests, events, this.parked);
    const until = plan.stoppedBy === undefined ? next : plan.applied;
    return { track: this, plan, until, parkedBefore: this.parked.size };
  }

  /**
   * Applies events in one transaction with the checkpoint. Where one of them is poison, goes event by event instead, and parks its stream.
   *
   * @param events those behind `position`, in order
   * @param next the position up to which the log has been read
   * @throws {LeaseLost} somebody else owns the table set; nothing was kept
   * @throws {UnknownEventVersion} an event is newer than this program; what stands before it was applied
   */
  async apply(events: readonly LogEvent[], next: bigint): Promise<void> {
    await this.applyPrepared(await this.prepare(events, next));
  }

  /** As `apply`, for what was prepared. */
  async applyPrepared({ plan, until }: Due): Promise<void> {
    if (until !== undefined && until > (this.#position ?? -1n)) {
      const parked = await this.#commit(plan, until);
      this.committed(plan, until);
      for (const each of parked) this.alarm(each);
    }
    if (plan.stoppedBy !== undefined) throw plan.stoppedBy;
  }

  /** What a transaction writes to bring the track to a position. */
  batch(plan: Plan, to: bigint): Batch {
    if (this.#inBatch) this.memory.clear();
    this.#inBatch = true;
    const { schema, state } = this.#row;
    return { plan, of: this, schema, state, from: this.#saved, to };
  }

  /** Tells the track that its batch was committed. */
  committed(plan: Plan, to: bigint): void {
    this.#inBatch = false;
    this.#position = to;
    this.#saved = to;
    this.#tellMoved(to);
    if (plan.steps.length === 0) return;
    const { metrics } = this.#deps.telemetry;
    metrics.count('keyledger_projection_events_total', { projection: this.name }, plan.steps.length);
  }

  async #commit(plan: Plan, until: bigint): Promise<readonly Parked[]> {
    const { owner } = this.#deps;
    const batch = this.batch(plan, until);
    return owner
      .transaction((run) => commitWhole(run, batch))
      .catch((error: unknown) => {
        if (!isPoison(error) || this.projection.apply !== undefined) throw error;
        return owner.transaction((run) => commitEach(run, batch));
      });
  }

  /** Tells the track, the log and the gauge that a stream was parked. */
  alarm(parked: Parked): void {
    this.parked.add(parked.stream);
    const { stream, revision, position, reason } = parked;
    this.#deps.telemetry.log.error(
      { projection: this.name, stream, revision, position: String(position), reason },
      'a poison event parked its stream for this read model; correct the projection and resume it',
    );
    this.#tellParked();
  }

  /** Tells the track, the log and the gauge that a stream is through. */
  unparked(stream: string): void {
    this.parked.delete(stream);
    this.#deps.telemetry.log.info({ projection: this.name, stream }, 'the parked stream was replayed and goes on');
    this.#tellParked();
  }

  #tellMoved(position: bigint): void {
    if (this.#row.state === 'live') this.#deps.onMoved?.(this.name, position);
  }

  #tellParked(): void {
    if (this.#row.state !== 'live') return;
    const { metrics } = this.#deps.telemetry;
    metrics.gauge('keyledger_projection_parked_streams', this.parked.size, { projection: this.name });
  }
}
