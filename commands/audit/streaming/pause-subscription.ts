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
import { reject } from '../../../src/kernel/rejection.ts';

export const pauseSubscription = command({
  name: 'audit.pauseSubscription',
  summary: 'Stops deliveries and streams of a subscription; what happens meanwhile is delivered when it resumes.',
  route: 'POST /audit/v1/streaming/subscriptions/:subscriptionId/pause',
  aliases: ['POST /v1/streaming/subscriptions/:subscriptionId/pause'],
  input: z.strictObject({ subscriptionId: SubscriptionId }),
  output: ShownSubscription,
  controls: {
    effect: 'change',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.pause', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404, SubscriptionNotActive: 409 },
  decide: (subscription, { subscriptionId }) => {
    if (!isThere(subscription)) return notFound();
    if (subscription.status === 'paused') return [];
    if (subscription.status !== 'active') return reject('SubscriptionNotActive', `It is ${subscription.status}.`);
    return [Subscription.events.Paused({ subscriptionId })];
  },
  respond: showSubscription,
});
