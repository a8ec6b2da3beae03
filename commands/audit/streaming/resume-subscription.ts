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

export const resumeSubscription = command({
  name: 'audit.resumeSubscription',
  summary: 'Goes on with a paused or disabled subscription where it stopped.',
  route: 'POST /audit/v1/streaming/subscriptions/:subscriptionId/resume',
  aliases: ['POST /v1/streaming/subscriptions/:subscriptionId/resume'],
  input: z.strictObject({ subscriptionId: SubscriptionId }),
  output: ShownSubscription,
  controls: {
    effect: 'change',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.resume', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404 },
  decide: (subscription, { subscriptionId }) => {
    if (!isThere(subscription)) return notFound();
    if (subscription.status === 'active') return [];
    return [Subscription.events.Resumed({ subscriptionId })];
  },
  respond: showSubscription,
});
