import { z } from 'zod';
import { isThere, notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import { command } from '../../../src/kernel/command.ts';

export const recordDeliveryFailure = command({
  name: 'audit.recordDeliveryFailure',
  summary: 'Notes that an event was given up on after its last attempt, while others were taken. It can be replayed.',
  input: z.strictObject({
    subscriptionId: SubscriptionId,
    eventId: z.string().max(100),
    eventType: z.string().max(200),
    attempts: z.int().positive(),
    reason: z.string().max(500),
  }),
  output: z.object({ subscriptionId: SubscriptionId }),
  controls: {
    effect: 'change',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.delivery-failure', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404 },
  decide: (subscription, failure) =>
    isThere(subscription) ? [Subscription.events.DeliveryFailed(failure)] : notFound(),
  respond: (_subscription, { subscriptionId }) => ({ subscriptionId }),
});
