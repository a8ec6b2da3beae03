import { setTimeout as sleep } from 'node:timers/promises';
import { Erasure } from '../../domain/audit/retention/erasure.ts';
import type { Actor, AnyAggregate } from '../../kernel/aggregate.ts';
import { decodeEvent } from '../../kernel/codec.ts';
import { type Directory, type DirectoryPlan, revocationLeaseMs } from '../../kernel/directory.ts';
import type { EventLog, LogEvent } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import { Follower } from './follower.ts';
import { Identities, type SessionStanding } from './identities.ts';
import { Tenancies } from './tenancies.ts';

const erased = `${Erasure.name}.Completed`;
/** The events it folds, and those that tell of destroyed keys; others pass by. */
const typePrefixes = [
  'identity.User.',
  'identity.Role.',
  'identity.Session.',
  'tenancy.Tenant.',
  'tenancy.Plan.',
  'tenancy.AddOn.',
  erased,
];
/** A little less than the lease a revocation waits out, since two processes do not measure time exactly alike. */
const maxAgeMs = revocationLeaseMs - 50;
/** How long a question waits for a view that is not fresh, before it is answered that a store is away. */
const patienceMs = 1_000;
const pruneEveryMs = 60_000;

/** Identity and tenancy in memory, as of less than a second ago. Every question throws StoreUnavailable where that is not so. */
export interface LiveView extends Directory {
  /** Resolves when the head of the log was first reached. */
  readonly ready: Promise<void>;
  fresh(): boolean;
  /** Returns at once while fresh, else tries to become so for a moment. @throws {StoreUnavailable} */
  ensureFresh(): Promise<void>;
  /** Commit position up to which everything has been seen. */
  asOf(): bigint | undefined;
  /** Whether the session of an access token still counts. */
  session(tenant: string, sessionId: string, userId: string): SessionStanding;
  /** All plans, from the cheapest. */
  plans(): readonly DirectoryPlan[];
  stop(): Promise<void>;
}

export interface LiveViewOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Milliseconds of a clock that never goes back; the process' own where absent. */
  readonly elapsed?: () => number;
  /** Told of the keys of a person's that were destroyed, as soon as they are known to be. */
  readonly forget?: (tenant: string, person: Actor, keyIds: readonly string[]) => void;
}

/** Starts to fold the log's events of identity and tenancy, and follows it. */
export function startLiveView(options: LiveViewOptions): LiveView {
  const identities = new Identities();
  const tenancies = new Tenancies();
  const follower = follow(options, (event) => {
    identities.apply(event);
    tenancies.apply(event);
    if (event.type === erased) tellErased(event, options.forget);
  });
  const ready = new Promise<void>((resolve) => follower.start(resolve));
  const now = (): string => new Date(options.clock.now()).toISOString();
  const pruning = setInterval(() => identities.prune(now()), pruneEveryMs).unref();
  const fresh = (): boolean => follower.ageMs() <= maxAgeMs;
  const checked = <A extends readonly unknown[], R>(answer: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      if (!fresh()) throw stale();
      return answer(...args);
    };
  };
  return {
    ready,
    fresh,
    ensureFresh: async () => {
      if (!fresh()) await becomeFresh(follower, fresh);
    },
    upToDate: () => follower.upToDate(),
    asOf: () => follower.seen,
    session: checked((tenant, sessionId, userId) => identities.session(tenant, sessionId, userId, now())),
    user: checked((tenant, userId) => identities.user(tenant, userId)),
    userByEmail: checked((email) =>
      identities.userByEmail(email, (tenant) => tenancies.tenant(tenant)?.status === 'deleted'),
    ),
    standIn: checked((email) => identities.standIn(email)),
    role: checked((tenant, name) => identities.role(tenant, name)),
    tenant: checked((id) => tenancies.tenant(id)),
    tenantBySlug: checked((slug) => tenancies.tenantBySlug(slug)),
    plan: checked((id) => tenancies.plan(id)),
    addOn: checked((id) => tenancies.addOn(id)),
    plans: checked(() => tenancies.plans()),
    stop: async () => {
      clearInterval(pruning);
      await follower.stop();
    },
  };
}

function tellErased(stored: LogEvent, forget: LiveViewOptions['forget']): void {
  const { event, fact } = decodeEvent(Erasure as unknown as AnyAggregate, stored);
  const { keyIds, subjectId, subjectType } = Erasure.schemas.Completed.parse(event.data);
  forget?.(fact.tenant, { type: subjectType, id: subjectId }, keyIds);
}

function follow({ elapsed, log, telemetry }: LiveViewOptions, apply: (event: LogEvent) => void): Follower {
  let failing = false;
  const follower = new Follower({
    log,
    typePrefixes,
    apply,
    elapsed: elapsed ?? (() => performance.now()),
    looked: (failure) => {
      telemetry.metrics.gauge('keyledger_live_view_age_seconds', follower.ageMs() / 1_000);
      const failed = failure !== undefined;
      if (failed === failing) return;
      failing = failed;
      if (failed)
        telemetry.log.error({ error: String(failure) }, 'The live view of identity and tenancy cannot follow.');
      else telemetry.log.info({}, 'The live view of identity and tenancy follows again.');
    },
  });
  return follower;
}

async function becomeFresh(follower: Follower, fresh: () => boolean): Promise<void> {
  const givenUp = new AbortController();
  const patience = sleep(patienceMs, undefined, { signal: givenUp.signal }).catch(() => undefined);
  const looking = follower.upToDate().catch(() => undefined);
  await Promise.race([looking, patience]);
  givenUp.abort();
  if (!fresh()) throw stale();
}

function stale(): StoreUnavailable {
  return new StoreUnavailable('who may do what cannot be told: the log has not been heard of for a second');
}
