import { z } from 'zod';
import type { Row } from '../../../kernel/query.ts';
import type { ShownDestination } from './destination.ts';
import type { Filters } from './filters.ts';
import { ShownSubscription, type statuses } from './shown.ts';
import { disablings } from './subscription.ts';

/** A subscription as lists show it. */
export const ListedSubscription = ShownSubscription.extend({
  changedAt: z.string(),
  /** Why it is disabled; null where it is not. */
  disabled: z.object({ reason: z.enum(disablings), detail: z.string() }).nullable(),
  /** Events that were given up on, one by one. */
  failedDeliveries: z.int(),
});

const iso = (value: unknown): string => (value as Date).toISOString();
const isoOrNull = (value: unknown): string | null => (value === null ? null : iso(value));

/** From a row of audit_subscriptions. */
export function listedSubscription(row: Row): z.input<typeof ListedSubscription> {
  const { eventTypes, services, severities } = row['filters'] as Filters;
  return {
    subscriptionId: row['subscription_id'] as string,
    name: row['name'] as string,
    status: row['status'] as (typeof statuses)[number],
    filters: { eventTypes: [...eventTypes], services: [...services], severities: [...severities] },
    destination: row['destination'] as ShownDestination | null,
    createdAt: iso(row['created_at']),
    changedAt: iso(row['changed_at']),
    disabled:
      row['disabled_reason'] === null
        ? null
        : { reason: row['disabled_reason'] as 'gone', detail: String(row['disabled_detail']) },
    failedDeliveries: row['failed_deliveries'] as number,
  };
}

export const deliveryStatuses = ['delivered', 'pending', 'waiting', 'failed'] as const;

/** One event on its way to one destination. */
export const ListedDelivery = z.object({
  deliveryId: z.uuid(),
  eventId: z.string(),
  eventType: z.string(),
  position: z.string(),
  /** null for what was delivered as it happened. */
  replayId: z.uuid().nullable(),
  /** `pending`: tried and to be tried again; `waiting`: behind another one of its stream; `failed`: given up on. */
  status: z.enum(deliveryStatuses),
  attempts: z.int(),
  lastAttemptAt: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
});

export function listedDelivery(row: Row): z.input<typeof ListedDelivery> {
  return {
    deliveryId: row['delivery_id'] as string,
    eventId: row['event_id'] as string,
    eventType: row['event_type'] as string,
    position: String(row['position']),
    replayId: row['replay_id'] as string | null,
    status: row['status'] as (typeof deliveryStatuses)[number],
    attempts: row['attempts'] as number,
    lastAttemptAt: isoOrNull(row['last_at']),
    nextAttemptAt: isoOrNull(row['next_at']),
    lastStatus: row['last_status'] as number | null,
    lastError: row['last_error'] as string | null,
  };
}

/** One time an event was sent. */
export const ListedAttempt = z.object({
  attempt: z.int(),
  at: z.string(),
  durationMs: z.int(),
  ok: z.boolean(),
  /** Of the answer, where there was one. */
  status: z.int().nullable(),
  error: z.string().nullable(),
  /** The beginning of the answer. */
  answer: z.string().nullable(),
});

export function listedAttempt(row: Row): z.input<typeof ListedAttempt> {
  return {
    attempt: row['attempt'] as number,
    at: iso(row['at']),
    durationMs: row['duration_ms'] as number,
    ok: row['ok'] as boolean,
    status: row['status'] as number | null,
    error: row['error'] as string | null,
    answer: row['answer'] as string | null,
  };
}
