import { setTimeout as sleep } from 'node:timers/promises';
import type { SubscriptionState } from '../../domain/audit/streaming/subscription.ts';
import type { EventLog } from '../../kernel/log.ts';
import type { PersonalData } from '../../kernel/personal.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { ExecuteAs } from '../effects/execute.ts';
import { type LeaseTimings, lead, OfficeLost, type Term, untilAborted } from '../effects/lease.ts';
import type { Running } from '../effects/timings.ts';
import type { Database } from '../postgres/database.ts';
import { LogTail } from '../tail/log-tail.ts';
import { Courier } from './courier.ts';
import { closeAll, prune } from './keep.ts';
import { type DeliveryCommands, reportsBy } from './reports.ts';
import { load, type Place } from './rows.ts';
import { type RetrySchedule, retrySchedule } from './schedule.ts';
import { type Subscribed, SubscriptionsView } from './subscriptions.ts';
import { openTarget, type TargetParts } from './targets.ts';

export interface DeliveriesOptions extends TargetParts {
  readonly log: EventLog;
  readonly owner: Database;
  readonly personal: Pick<PersonalData, 'open'>;
  readonly executeAs: ExecuteAs;
  readonly commands: DeliveryCommands;
  readonly telemetry: Telemetry;
  readonly schedule?: RetrySchedule;
  readonly lease?: Partial<LeaseTimings>;
}

/** Milliseconds between two looks at which subscriptions there are. */
const lookMs = 100;
/** Milliseconds a courier rests before it begins anew, and waits at most in one go. */
const restMs = 1_000;
const pruneEveryMs = 600_000;
/** Milliseconds for which ended deliveries are listed. */
const keptMs = 30 * 24 * 3_600_000;

/**
 * Delivers the events that subscriptions want. One process does so at a time, whichever holds the office; each step of a subscription
 * is one transaction that only the holder can commit, so that nothing is lost and order is kept when another takes over.
 */
export function startDeliveries(options: DeliveriesOptions): Running {
  const { owner, telemetry } = options;
  return lead({
    owner,
    telemetry,
    name: 'deliveries',
    timings: options.lease,
    work: (term) => deliver(options, term),
  });
}

/** A courier at work, and what it begins anew for. */
interface Working {
  readonly version: string;
  readonly stopping: AbortController;
  readonly ended: Promise<void>;
}

async function deliver(options: DeliveriesOptions, term: Term): Promise<void> {
  const view = new SubscriptionsView(options.log, options.telemetry);
  const tail = new LogTail(options.log);
  const working = new Map<string, Working>();
  let prunedAt = Number.NEGATIVE_INFINITY;
  try {
    await Promise.race([view.start(), untilAborted(term.signal)]);
    while (!term.signal.aborted) {
      for (const each of view.changes()) assign({ ...options, tail, term }, working, each);
      if (performance.now() - prunedAt > pruneEveryMs) {
        prunedAt = performance.now();
        await options.owner.run(prune(new Date(options.clock.now() - keptMs).toISOString()));
      }
      await sleep(lookMs, undefined, { signal: term.signal }).catch(() => undefined);
    }
  } finally {
    for (const { stopping } of working.values()) stopping.abort();
    await Promise.all([...working.values()].map(({ ended }) => ended));
    await Promise.all([view.stop(), tail.stop()]);
  }
}

interface Carrying extends DeliveriesOptions {
  readonly tail: LogTail;
  readonly term: Term;
}

/** What a courier must begin anew for. */
function versionOf({ activeSince, replays, secrets, status }: SubscriptionState): string {
  return JSON.stringify([status, activeSince, secrets[0]?.version, replays[0]?.replayId]);
}

/** Lets the courier before end first; others do not wait for that. */
function assign(options: Carrying, working: Map<string, Working>, { key, state, tenant }: Subscribed): void {
  const version = versionOf(state);
  const before = working.get(key);
  if (before?.version === version) return;
  before?.stopping.abort();
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, options.term.signal]);
  const place = { tenant, subscriptionId: state.subscriptionId };
  const ended = (before?.ended ?? Promise.resolve()).then(() => carry(options, { place, state }, signal));
  working.set(key, { version, stopping, ended });
}

interface Carried {
  readonly place: Place;
  readonly state: SubscriptionState;
}

/** Carries until told to stop; what goes wrong here, not at the destination, begins anew from what is on record. */
async function carry(options: Carrying, carried: Carried, signal: AbortSignal): Promise<void> {
  const { status } = carried.state;
  while (!signal.aborted) {
    try {
      if (status === 'deleted') await options.owner.run(closeAll(carried.place));
      if (status !== 'active' || carried.state.config === undefined) return;
      await carryOnce(options, carried, signal);
    } catch (error) {
      if (error instanceof OfficeLost) return;
      const facts = { subscription: carried.place.subscriptionId, tenant: carried.place.tenant, error: String(error) };
      options.telemetry.log.warn(facts, 'deliveries of a subscription begin anew');
    }
    await sleep(restMs, undefined, { signal }).catch(() => undefined);
  }
}

async function carryOnce(options: Carrying, { place, state }: Carried, signal: AbortSignal): Promise<void> {
  const { clock, log, owner, personal, schedule = retrySchedule, tail, term } = options;
  const target = await openTarget(options, place.tenant, state);
  if (target === undefined) return;
  try {
    const courier = new Courier({
      place,
      target,
      log,
      tail,
      personal,
      schedule,
      signal,
      clock,
      filters: state.filters,
      metrics: options.telemetry.metrics,
      loaded: await load(owner.run, place, state),
      reports: reportsBy(options.executeAs, options.commands),
      commit: (statements) =>
        owner.transaction(async (run) => {
          await term.fence(run);
          for (const statement of statements) await run(statement);
        }),
    });
    await courier.revive(state.activeSince);
    while (!signal.aborted) {
      const pause = await courier.turn();
      if (pause === undefined) continue;
      const ms = Math.min(restMs, Math.max(1, pause.untilMs - clock.now()));
      if (pause.news) await tail.beyond(courier.position, ms, signal);
      else await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await target.close();
  }
}
