import { LRUCache } from 'lru-cache';
import { type AnyAggregate, evolveOne } from '../aggregate.ts';
import { decodeEvent, type EventMetadata, streamName } from '../codec.ts';
import type { EventLog, LogEvent } from '../log.ts';
import type { SnapshotStore } from '../snapshots.ts';

/** An aggregate as it stands at a revision; -1 before its first event. Never changed in place: a newer one replaces it. */
export interface Loaded {
  readonly state: unknown;
  readonly revision: number;
  /** ISO 8601 time of the last event; empty before the first. */
  readonly lastAt: string;
  /** The last keyed commands, by id. */
  readonly commands: ReadonlyMap<string, Remembered>;
}

/** A keyed command that was done: the revision of its last event, and when. */
export interface Remembered {
  readonly revision: number;
  /** ISO 8601 */
  readonly at: string;
}

/** How long a keyed command is remembered, in milliseconds: 24 hours. */
const rememberMs = 86_400_000;
/** Keyed commands remembered for one stream at most; the oldest go first. */
const rememberCount = 2_000;
/** Streams whose last state is kept in memory. */
const keptStreams = 20_000;
/** Weight of the newest of the streams that were not known here, in the share of those that turned out to be new. */
const newest = 1 / 16;
/** Events of a stream that are read before a snapshot is looked for. */
const shortStream = 32;

/** Loads aggregates from the log, reading only what came since the last look. */
export class Streams {
  readonly #log: EventLog;
  readonly #snapshots: SnapshotStore | undefined;
  readonly #cache = new LRUCache<string, Loaded>({ max: keptStreams });
  readonly #savedAt = new LRUCache<string, number>({ max: keptStreams });
  readonly #unknown = new Map<string, number>();

  constructor(log: EventLog, snapshots: SnapshotStore | undefined) {
    this.#log = log;
    this.#snapshots = snapshots;
  }

  /** The last known state without asking the log; may be stale, which an append then shows. */
  peek(of: AnyAggregate, tenant: string, id: string): Loaded | undefined {
    return this.#cache.get(streamName(of.name, tenant, id));
  }

  /**
   * The state before the first event, for a stream that is not known here, where those of its kind turned out to be new of late. It is a
   * guess that spares the read: the append shows where it is wrong.
   */
  guess(of: AnyAggregate, tenant: string, id: string): Loaded | undefined {
    const isKnown = this.#cache.has(streamName(of.name, tenant, id));
    return isKnown || (this.#unknown.get(of.name) ?? 0) < 0.75 ? undefined : emptyOf(of);
  }

  /** Whether a stream that was not known here turned out to be new. */
  learn(of: AnyAggregate, isNew: boolean): void {
    const before = this.#unknown.get(of.name) ?? 0;
    this.#unknown.set(of.name, before + newest * ((isNew ? 1 : 0) - before));
  }

  /** The state as of now: one read of the log. */
  async load(of: AnyAggregate, tenant: string, id: string): Promise<Loaded> {
    const stream = streamName(of.name, tenant, id);
    const cached = this.#cache.get(stream);
    const loaded = cached === undefined ? await this.#fromStart(of, stream) : await this.#from(of, stream, cached);
    if (cached === undefined) this.learn(of, loaded.revision < 0);
    this.#keep(of, stream, loaded);
    return loaded;
  }

  /** Most streams are short, and are read before a snapshot of them would be found. */
  async #fromStart(of: AnyAggregate, stream: string): Promise<Loaded> {
    if (of.snapshot === undefined || this.#snapshots === undefined) return this.#from(of, stream, emptyOf(of));
    const fold = new Fold(of, emptyOf(of));
    let events = 0;
    for await (const event of this.#log.readStream(stream, { from: 0, max: shortStream })) {
      fold.add(event);
      events++;
    }
    if (events < shortStream) return fold.result();
    return this.#from(of, stream, (await this.#restore(of, stream)) ?? fold.result());
  }

  async #from(of: AnyAggregate, stream: string, known: Loaded): Promise<Loaded> {
    const fold = new Fold(of, known);
    for await (const event of this.#log.readStream(stream, { from: known.revision + 1 })) fold.add(event);
    return fold.result();
  }

  /** Folds events this process has just appended. */
  advance(of: AnyAggregate, known: Loaded, events: readonly LogEvent[]): Loaded {
    const fold = new Fold(of, known);
    for (const event of events) fold.add(event);
    return fold.result();
  }

  /** Remembers a state that was appended, and the keyed command that did it. */
  remember(of: AnyAggregate, stream: string, loaded: Loaded, keyed: string | undefined): void {
    const commands =
      keyed === undefined
        ? loaded.commands
        : new Map(loaded.commands).set(keyed, { revision: loaded.revision, at: loaded.lastAt });
    this.#keep(of, stream, { ...loaded, commands });
  }

  #keep(of: AnyAggregate, stream: string, loaded: Loaded): void {
    const before = this.#cache.get(stream);
    if (before !== undefined && before.revision > loaded.revision) return;
    this.#cache.set(stream, loaded);
    const { snapshot } = of;
    if (snapshot === undefined || this.#snapshots === undefined) return;
    const last = this.#savedAt.get(stream) ?? -1;
    if (loaded.revision - last < snapshot.every) return;
    this.#savedAt.set(stream, loaded.revision);
    const commands = [...loaded.commands];
    const json = { state: snapshot.toJson(loaded.state), lastAt: loaded.lastAt, commands };
    this.#snapshots.save({ stream, revision: loaded.revision, version: snapshot.version, json });
  }

  async #restore(of: AnyAggregate, stream: string): Promise<Loaded | undefined> {
    if (of.snapshot === undefined || this.#snapshots === undefined) return undefined;
    const saved = await this.#snapshots.load(stream, of.snapshot.version);
    if (saved === undefined) return undefined;
    const json = saved.json as { state: unknown; lastAt: string; commands: [string, Remembered][] };
    this.#savedAt.set(stream, saved.revision);
    return {
      state: of.snapshot.fromJson(json.state),
      revision: saved.revision,
      lastAt: json.lastAt,
      commands: new Map(json.commands),
    };
  }
}

function emptyOf(of: AnyAggregate): Loaded {
  return { state: of.initial(), revision: -1, lastAt: '', commands: new Map() };
}

class Fold {
  readonly #of: AnyAggregate;
  #state: unknown;
  #revision: number;
  #lastAt: string;
  #known: ReadonlyMap<string, Remembered>;
  #fresh: Map<string, Remembered> | undefined;

  constructor(of: AnyAggregate, from: Loaded) {
    this.#of = of;
    this.#state = from.state;
    this.#revision = from.revision;
    this.#lastAt = from.lastAt;
    this.#known = from.commands;
  }

  add(stored: LogEvent): void {
    const { event, fact } = decodeEvent(this.#of, stored);
    this.#state = evolveOne(this.#of, this.#state, event, fact);
    this.#revision = stored.revision;
    if (fact.at > this.#lastAt) this.#lastAt = fact.at;
    const { idempotency, commandId } = stored.metadata as Partial<EventMetadata>;
    if (idempotency === undefined || commandId === undefined) return;
    this.#fresh ??= new Map(this.#known);
    this.#fresh.delete(commandId);
    this.#fresh.set(commandId, { revision: stored.revision, at: fact.at });
    if (this.#fresh.size > rememberCount) this.#fresh.delete(this.#fresh.keys().next().value ?? '');
  }

  result(): Loaded {
    return {
      state: this.#state,
      revision: this.#revision,
      lastAt: this.#lastAt,
      commands: this.#fresh ?? this.#known,
    };
  }
}

/** Whether a keyed command is still within its window. */
export function stillRemembered(at: string, nowMs: number): boolean {
  return nowMs - Date.parse(at) < rememberMs;
}
