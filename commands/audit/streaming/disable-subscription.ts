import { z } from 'zod';
import { isThere, notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { disablings, Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import { command } from '../../../src/kernel/command.ts';

export const disableSubscription = command({
  name: 'audit.disableSubscription',
  summary:
    'Stops a subscription whose destination says that it is gone (410), or was not reached for as long as the schedule goes. Nothing is lost: resuming goes on where it stopped.',
  input: z.strictObject({
    subscriptionId: SubscriptionId,
    reason: z.enum(disablings),
    detail: z.string().max(500),
    /** The revision that made it active; one that was resumed since is left alone. */
    activeSince: z.int(),
  }),
  output: z.object({ subscriptionId: SubscriptionId }),
  controls: {
    effect: 'change',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.disable', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404 },
  decide: (subscription, { activeSince, detail, reason, subscriptionId }) => {
    if (!isThere(subscription)) return notFound();
    if (subscription.status !== 'active' || subscription.activeSince !== activeSince) return [];
    return [Subscription.events.Disabled({ subscriptionId, reason, detail })];
  },
  respond: (_subscription, { subscriptionId }) => ({ subscriptionId }),
});
