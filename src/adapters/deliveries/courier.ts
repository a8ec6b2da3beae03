import type { Filters } from '../../domain/audit/streaming/filters.ts';
import type { EventLog } from '../../kernel/log.ts';
import type { PersonalData } from '../../kernel/personal.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Sql } from '../../kernel/sql.ts';
import type { Metrics } from '../../kernel/telemetry.ts';
import type { LogTail } from '../tail/log-tail.ts';
import { Backlog } from './backlog.ts';
import type { DeliveryTarget, Outcome } from './destinations/destination.ts';
import { Feeds } from './feeds.ts';
import { type Attempt, type KeptDelivery, keep, keepFeed, keepStanding, releaseAll } from './keep.ts';
import { type Packed, repack, shownParcel } from './parcels.ts';
import type { Loaded, OpenDelivery, Place, Standing } from './rows.ts';
import { delayAfter, type RetrySchedule } from './schedule.ts';

/** Open deliveries of one subscription at most: with more, no new events are read until some have ended. */
const mostOpen = 5_000;
/** Milliseconds a destination that fails is left alone at most, where there is something new to try it with. */
const longestHoldMs = 300_000;
/** Milliseconds after which nothing more of a window is sent, so that what was is soon on record. */
const windowMs = 15_000;

/** What a courier tells others of. Each may be told again after a crash. */
export interface Reports {
  /** An event was given up on, while others were taken. */
  failed(place: Place, delivery: OpenDelivery, reason: string): Promise<void>;
  /** The destination is gone or was not reached for as long as the schedule goes. */
  disable(place: Place, why: Disabling): Promise<void>;
}

export interface Disabling {
  readonly reason: 'gone' | 'unreachable';
  readonly detail: string;
  readonly activeSince: number;
}

export interface CourierOptions {
  readonly place: Place;
  readonly filters: Filters;
  readonly target: DeliveryTarget;
  readonly loaded: Loaded;
  readonly log: Pick<EventLog, 'readStream'>;
  readonly tail: LogTail;
  readonly personal: Pick<PersonalData, 'open'>;
  readonly schedule: RetrySchedule;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly reports: Reports;
  /** Aborts when nothing more is to be sent. */
  readonly signal: AbortSignal;
  /** Commits in one transaction, only while this process leads. @throws {OfficeLost} */
  readonly commit: (statements: readonly Sql[]) => Promise<void>;
}

/** Until when there is nothing to do: in milliseconds since the epoch, or until the log has news where that counts. */
export interface Pause {
  readonly untilMs: number;
  readonly news: boolean;
}

/** Carries one subscription's events to its destination: window by window, each on record before the next is read. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #backlog: Backlog;
  readonly #feeds: Feeds;
  readonly #standing: Standing;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.loaded.open);
    this.#feeds = new Feeds(options);
    this.#standing = options.loaded.standing;
  }

  /** The subscription was made active again: what is open is tried at once, by a schedule that begins anew. */
  async revive(activeSince: number): Promise<void> {
    if (this.#standing.activeSince === activeSince) return;
    const { clock, commit, place } = this.#options;
    Object.assign(this.#standing, { failures: 0, heldUntil: 0, activeSince });
    this.#backlog.release(clock.now(), true);
    await commit([keepStanding(place, this.#standing), releaseAll(place, clock.now())]);
  }

  /** Sends one window, where there is one. @returns when there may be something to do again; undefined: at once */
  async turn(): Promise<Pause | undefined> {
    const { clock, target } = this.#options;
    const now = clock.now();
    const probing = this.#standing.failures > 0;
    if (probing && now < this.#standing.heldUntil) return { untilMs: this.#standing.heldUntil, news: false };
    const most = probing ? 1 : target.window;
    const due = this.#backlog.due(now, most);
    const room = Math.min(most, mostOpen - this.#backlog.size);
    const fresh = room > 0 ? await this.#feeds.next(room) : undefined;
    if (due.length === 0 && fresh === undefined) return { untilMs: this.#backlog.nextAt(), news: room > 0 };
    const again = await Promise.all(due.map((delivery) => this.#again(delivery)));
    await this.#send(again, fresh?.packed ?? []);
    return undefined;
  }

  /** Where the log has to grow beyond for something new. */
  get position(): bigint {
    return this.#feeds.livePosition;
  }

  async #again(delivery: OpenDelivery): Promise<Packed | OpenDelivery> {
    return (await repack(this.#options.log, delivery)) ?? delivery;
  }

  async #send(again: readonly (Packed | OpenDelivery)[], fresh: readonly Packed[]): Promise<void> {
    const { clock, commit, place } = this.#options;
    const here = again.filter((each): each is Packed => 'parcel' in each);
    const lost = again.filter((each): each is OpenDelivery => !('parcel' in each));
    const free = fresh.filter(({ parcel }) => !this.#backlog.blocks(parcel.lane));
    const behind = fresh.filter(({ parcel }) => this.#backlog.blocks(parcel.lane));
    const packed = [...here, ...free];
    const at = clock.now();
    const outcomes = await this.#deliver(packed);
    const kept: KeptDelivery[] = [];
    for (const [index, { delivery }] of packed.entries()) {
      kept.push(await this.#settle(delivery, outcomes[index] ?? { kind: 'held' }, { at, now: clock.now() }));
    }
    for (const { delivery } of behind) kept.push({ delivery, status: 'waiting', attempt: undefined });
    for (const delivery of lost) kept.push(await this.#lost(delivery, at));
    const taken = kept.filter(({ status }) => status === 'delivered').length;
    this.#judge(kept, taken, clock.now());
    const feeds = this.#feeds.advanced();
    await commit([
      ...(kept.length === 0 ? [] : keep(place, kept)),
      ...feeds.map((feed) => keepFeed(place, feed)),
      keepStanding(place, this.#standing, taken),
    ]);
    this.#file(kept);
  }

  async #deliver(packed: readonly Packed[]): Promise<readonly Outcome[]> {
    const { personal, place, signal, target } = this.#options;
    const parcels = await Promise.all(packed.map(({ parcel }) => shownParcel(personal, place.tenant, parcel)));
    const begun = performance.now();
    const goOn = (): boolean => !signal.aborted && performance.now() - begun < windowMs;
    return target.deliver(parcels, goOn);
  }

  /** Retention has taken the event off the log before it could be sent. */
  async #lost(delivery: OpenDelivery, at: number): Promise<KeptDelivery> {
    delivery.attempts++;
    const error = 'the event is no longer on the log';
    await this.#options.reports.failed(this.#options.place, delivery, error);
    return {
      delivery,
      status: 'failed',
      attempt: { at, ms: 0, ok: false, status: undefined, error, answer: undefined },
    };
  }

  /** What becomes of a delivery. Facts are told of before they are on record here: after a crash they are told again, and are the same. */
  async #settle(
    delivery: OpenDelivery,
    outcome: Outcome,
    { at, now }: { readonly at: number; readonly now: number },
  ): Promise<KeptDelivery> {
    if (outcome.kind === 'held') return { delivery, status: 'waiting', attempt: undefined };
    delivery.attempts++;
    delivery.firstAt ??= at;
    const attempt = attemptOf(outcome, at);
    this.#options.metrics.count('keyledger_deliveries_total', { outcome: outcome.kind });
    if (outcome.kind === 'taken') return { delivery, status: 'delivered', attempt };
    delivery.tries++;
    const { place, reports, schedule } = this.#options;
    const delay = delayAfter(schedule, delivery.tries, { askedMs: outcome.askedMs, random: Math.random() });
    delivery.nextAt = now + (delay ?? longestHoldMs);
    if (outcome.gone !== true && delay !== undefined) return { delivery, status: 'pending', attempt };
    if (outcome.gone !== true && (this.#standing.lastTakenAt ?? 0) >= delivery.firstAt) {
      await reports.failed(place, delivery, outcome.error);
      return { delivery, status: 'failed', attempt };
    }
    const { activeSince } = this.#standing;
    const why =
      outcome.gone === true
        ? ({ reason: 'gone', detail: 'The destination answered 410: it is gone.' } as const)
        : ({ reason: 'unreachable', detail: outcome.error } as const);
    await reports.disable(place, { ...why, activeSince });
    return { delivery, status: 'pending', attempt };
  }

  /** One event that is taken shows that the destination lives; a window of which none is shows that it may not. */
  #judge(kept: readonly KeptDelivery[], taken: number, now: number): void {
    const failed = kept.filter(({ attempt, status }) => attempt !== undefined && status === 'pending');
    if (taken > 0) {
      if (this.#standing.failures > 0) this.#backlog.release(now, false);
      Object.assign(this.#standing, { failures: 0, heldUntil: 0, lastTakenAt: now });
      return;
    }
    if (failed.length === 0) return;
    const next = Math.min(...failed.map(({ delivery }) => delivery.nextAt ?? now));
    this.#standing.failures++;
    this.#standing.heldUntil = Math.min(next, now + longestHoldMs);
  }

  #file(kept: readonly KeptDelivery[]): void {
    for (const { delivery, status } of kept) {
      const open = status === 'pending' || status === 'waiting';
      const known = this.#backlog.has(delivery);
      if (open && !known) this.#backlog.add(delivery);
      if (!open && known) this.#backlog.remove(delivery);
    }
  }
}

function attemptOf(outcome: Exclude<Outcome, { kind: 'held' }>, at: number): Attempt {
  const { answer, kind, ms, status } = outcome;
  return { at, ms, ok: kind === 'taken', status, error: kind === 'failed' ? outcome.error : undefined, answer };
}
