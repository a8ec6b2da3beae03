import { z } from 'zod';
import {
  isThere,
  notFound,
  ShownSubscription,
  SubscriptionId,
  showSubscription,
} from '../../../src/domain/audit/streaming/shown.ts';
import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import { command } from '../../../src/kernel/command.ts';

export const deleteSubscription = command({
  name: 'audit.deleteSubscription',
  summary: 'Ends a subscription for good and shreds what was kept to reach its destination.',
  route: 'DELETE /audit/v1/streaming/subscriptions/:subscriptionId',
  aliases: ['DELETE /v1/streaming/subscriptions/:subscriptionId'],
  input: z.strictObject({ subscriptionId: SubscriptionId }),
  output: ShownSubscription,
  controls: {
    effect: 'remove',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.delete', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404 },
  decide: (subscription, { subscriptionId }) => {
    if (!isThere(subscription)) return notFound();
    return [Subscription.events.Deleted({ subscriptionId, keyIds: [...subscription.keyIds] })];
  },
  respond: showSubscription,
});
