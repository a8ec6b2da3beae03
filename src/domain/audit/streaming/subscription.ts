import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import type { SealContext, Sealed } from '../../../kernel/ports.ts';
import { severities } from '../classify.ts';
import { ShownDestination } from './destination.ts';
import type { Filters } from './filters.ts';

const SealedValue = z.object({ keyId: z.string(), sealed: z.string() });
const subscriptionId = z.uuid();

export const disablings = ['gone', 'unreachable'] as const;

/** A secret that deliveries are signed with. */
export interface SigningVersion {
  readonly version: number;
  readonly secret: Sealed;
  /** ISO 8601: no longer used from then on; the newest has none. */
  readonly until: string | undefined;
}

/** A range of the log that is delivered again. */
export interface Replay {
  readonly replayId: string;
  /** Commit positions in decimal: from behind the one up to and with the other. */
  readonly after: string;
  readonly to: string;
}

export interface SubscriptionState {
  readonly status: 'absent' | 'active' | 'paused' | 'disabled' | 'deleted';
  readonly subscriptionId: string;
  readonly name: string;
  readonly filters: Filters;
  readonly destination: ShownDestination | undefined;
  readonly config: Sealed | undefined;
  readonly secrets: readonly SigningVersion[];
  /** Data keys of all that was ever sealed for it. */
  readonly keyIds: readonly string[];
  readonly replays: readonly Replay[];
  readonly createdAt: string;
  /** Commit position in decimal: deliveries begin behind it. */
  readonly startsAfter: string;
  /** Revision of the event that last made it active. */
  readonly activeSince: number;
}

const none: SubscriptionState = {
  status: 'absent',
  subscriptionId: '',
  name: '',
  filters: { eventTypes: [], services: [], severities: [] },
  destination: undefined,
  config: undefined,
  secrets: [],
  keyIds: [],
  replays: [],
  createdAt: '',
  startsAfter: '0',
  activeSince: 0,
};

/** Replays that are remembered; older ones have long ended. */
const mostReplays = 50;

/** Who wants which events of the tenant, and where they go. What a destination needs to be reached is sealed. */
export const Subscription = aggregate({
  name: 'audit.Subscription',
  events: {
    Created: z.object({
      subscriptionId,
      name: z.string(),
      filters: z.object({
        eventTypes: z.array(z.string()),
        services: z.array(z.string()),
        severities: z.array(z.enum(severities)),
      }),
      destination: ShownDestination.optional(),
      config: SealedValue.optional(),
      secret: SealedValue.optional(),
    }),
    Paused: z.object({ subscriptionId }),
    Resumed: z.object({ subscriptionId }),
    SecretRotated: z.object({
      subscriptionId,
      version: z.int().positive(),
      secret: SealedValue,
      /** The one before is used beside it until then. */
      previousUntil: z.string(),
    }),
    ReplayRequested: z.object({ subscriptionId, replayId: z.uuid(), after: z.string(), to: z.string().optional() }),
    DeliveryFailed: z.object({
      subscriptionId,
      eventId: z.string(),
      eventType: z.string(),
      attempts: z.int(),
      reason: z.string(),
    }),
    Disabled: z.object({ subscriptionId, reason: z.enum(disablings), detail: z.string() }),
    /** With the data keys of all that was sealed for it, which are to be destroyed. */
    Deleted: z.object({ subscriptionId, keyIds: z.array(z.string()) }),
  },
  initial: () => none,
  evolve: {
    Created: (_, e, { at, position, revision }) => ({
      ...none,
      status: 'active',
      subscriptionId: e.subscriptionId,
      name: e.name,
      filters: e.filters,
      destination: e.destination,
      config: e.config,
      secrets: e.secret === undefined ? [] : [{ version: 1, secret: e.secret, until: undefined }],
      keyIds: [e.config, e.secret].flatMap((value) => (value === undefined ? [] : [value.keyId])),
      createdAt: at,
      startsAfter: position.toString(),
      activeSince: revision,
    }),
    Paused: (subscription) => ({ ...subscription, status: 'paused' }),
    Resumed: (subscription, _, { revision }) => ({ ...subscription, status: 'active', activeSince: revision }),
    SecretRotated: (subscription, { version, secret, previousUntil }) => ({
      ...subscription,
      keyIds: [...subscription.keyIds, secret.keyId],
      secrets: [
        { version, secret, until: undefined },
        ...subscription.secrets.slice(0, 1).map((previous) => ({ ...previous, until: previousUntil })),
      ],
    }),
    ReplayRequested: (subscription, { replayId, after, to }, { position }) => ({
      ...subscription,
      replays: [{ replayId, after, to: to ?? position.toString() }, ...subscription.replays].slice(0, mostReplays),
    }),
    DeliveryFailed: (subscription) => subscription,
    Disabled: (subscription) => ({ ...subscription, status: 'disabled' }),
    Deleted: (subscription) => ({
      ...subscription,
      status: 'deleted',
      replays: [],
      secrets: [],
      keyIds: [],
      config: undefined,
    }),
  },
});

/** What a subscription's sealed configuration is bound to. */
export function configSeal(tenant: string, id: string): SealContext {
  return { tenant, type: 'audit.subscription', id, version: 1, purpose: 'destination' };
}

/** What a version of its signing secret is bound to. */
export function secretSeal(tenant: string, id: string, version: number): SealContext {
  return { tenant, type: 'audit.subscription', id, version, purpose: 'signing secret' };
}
