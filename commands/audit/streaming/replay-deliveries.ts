import { z } from 'zod';
import { isThere, LogPosition, notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import { command } from '../../../src/kernel/command.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const replayDeliveries = command({
  name: 'audit.replayDeliveries',
  summary:
    'Delivers a range of the log once more: the events behind one position, up to and with another (now, where absent), as the subscription filters them.',
  route: 'POST /audit/v1/streaming/subscriptions/:subscriptionId/replay',
  aliases: ['POST /v1/streaming/subscriptions/:subscriptionId/replay'],
  status: 202,
  input: z.strictObject({
    subscriptionId: SubscriptionId,
    after: LogPosition.default('0'),
    to: LogPosition.optional(),
  }),
  output: z.object({ subscriptionId: SubscriptionId, replayId: z.uuid() }),
  controls: {
    effect: 'change',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.replay', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404, SubscriptionNotActive: 409, DestinationMissing: 409, RangeEmpty: 422 },
  decide: (subscription, { subscriptionId, after, to }, { newId }) => {
    if (!isThere(subscription)) return notFound();
    if (subscription.status !== 'active') return reject('SubscriptionNotActive', `It is ${subscription.status}.`);
    if (subscription.destination === undefined) {
      return reject('DestinationMissing', 'It is read over the event stream: resume there from a position instead.');
    }
    if (to !== undefined && BigInt(to) <= BigInt(after)) return reject('RangeEmpty', '`to` must be behind `after`.');
    return [
      Subscription.events.ReplayRequested({
        subscriptionId,
        replayId: newId('replay'),
        after,
        ...(to !== undefined && { to }),
      }),
    ];
  },
  respond: (_subscription, { subscriptionId }, { context }) => ({ subscriptionId, replayId: context.newId('replay') }),
});
