import { z } from 'zod';
import { reject } from '../../../kernel/rejection.ts';
import { ShownDestination } from './destination.ts';
import { Filters } from './filters.ts';
import type { SubscriptionState } from './subscription.ts';

export const SubscriptionId = z.uuid();
/** Commit position in the log, in decimal. */
export const LogPosition = z.string().regex(/^\d{1,19}$/, 'is a log position: a whole number, not negative');

export const statuses = ['active', 'paused', 'disabled', 'deleted'] as const;

/** A subscription as answers show it: never with what its destination needs to be reached. */
export const ShownSubscription = z.object({
  subscriptionId: SubscriptionId,
  name: z.string(),
  status: z.enum(statuses),
  filters: Filters,
  /** null where it is only read over the event stream. */
  destination: ShownDestination.nullable(),
  createdAt: z.string(),
});

export function showSubscription(subscription: SubscriptionState): z.input<typeof ShownSubscription> {
  const { createdAt, destination, filters, name, status, subscriptionId } = subscription;
  return {
    subscriptionId,
    name,
    status: status === 'absent' ? 'deleted' : status,
    filters: {
      eventTypes: [...filters.eventTypes],
      services: [...filters.services],
      severities: [...filters.severities],
    },
    destination: destination ?? null,
    createdAt,
  };
}

/** A subscription that can still be acted upon. */
export const isThere = ({ status }: SubscriptionState): boolean => status !== 'absent' && status !== 'deleted';

export const notFound = () => reject('SubscriptionNotFound', 'There is no such subscription.');
