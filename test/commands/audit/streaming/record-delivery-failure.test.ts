import { recordDeliveryFailure } from '../../../../commands/audit/streaming/record-delivery-failure.ts';
import { Subscription } from '../../../../src/domain/audit/streaming/subscription.ts';
import { deleted, hooked, subscriptionId } from '../../../support/controls/audit-streaming.ts';
import { given } from '../../../support/scenario.ts';

const input = {
  subscriptionId,
  eventId: 'e1',
  eventType: 'vault.Secret.VersionAdded',
  attempts: 11,
  reason: 'answered 422',
};

describe('record delivery failure', () => {
  it('says which event was given up on', () => {
    given([hooked])
      .when(recordDeliveryFailure, input)
      .then([Subscription.events.DeliveryFailed(input)]);
  });

  it('refuses where the subscription is not there', () => {
    given([hooked, deleted]).when(recordDeliveryFailure, input).thenRejected('SubscriptionNotFound');
  });
});
