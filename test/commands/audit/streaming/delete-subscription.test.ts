import { deleteSubscription } from '../../../../commands/audit/streaming/delete-subscription.ts';
import { Subscription } from '../../../../src/domain/audit/streaming/subscription.ts';
import { deleted, hooked, subscriptionId } from '../../../support/controls/audit-streaming.ts';
import { given } from '../../../support/scenario.ts';

const input = { subscriptionId };

describe('delete subscription', () => {
  it('ends it, and names every key it was sealed under', () => {
    given([hooked]).when(deleteSubscription, input).then([deleted]);
    const secret = { keyId: 'key-2', sealed: 'dHdv' };
    const rotated = Subscription.events.SecretRotated({
      subscriptionId,
      version: 2,
      secret,
      previousUntil: '2026-01-02T00:00:00.000Z',
    });
    given([hooked, rotated])
      .when(deleteSubscription, input)
      .then([Subscription.events.Deleted({ subscriptionId, keyIds: ['key-config', 'key-secret', 'key-2'] })]);
  });

  it('refuses one that is not there', () => {
    given([hooked, deleted]).when(deleteSubscription, input).thenRejected('SubscriptionNotFound');
  });
});
