import { replayDeliveries } from '../../../../commands/audit/streaming/replay-deliveries.ts';
import { Subscription } from '../../../../src/domain/audit/streaming/subscription.ts';
import { deleted, hooked, paused, read, subscriptionId } from '../../../support/controls/audit-streaming.ts';
import { given, testContext } from '../../../support/scenario.ts';

const input = { subscriptionId, after: '10', to: '20' };

describe('replay deliveries', () => {
  it('asks for a range, under an id of its own', () => {
    const replayId = testContext.newId('replay');
    const asked = given([hooked]).when(replayDeliveries, input);
    asked.then([Subscription.events.ReplayRequested({ ...input, replayId })]);
    asked.thenAnswered({ subscriptionId, replayId });
    given([hooked])
      .when(replayDeliveries, { subscriptionId })
      .then([Subscription.events.ReplayRequested({ subscriptionId, replayId, after: '0' })]);
  });

  it('refuses a range that holds nothing, and what nothing is delivered for', () => {
    given([hooked])
      .when(replayDeliveries, { ...input, to: '10' })
      .thenRejected('RangeEmpty');
    given([hooked, paused]).when(replayDeliveries, input).thenRejected('SubscriptionNotActive');
    given([read]).when(replayDeliveries, input).thenRejected('DestinationMissing');
    given([hooked, deleted]).when(replayDeliveries, input).thenRejected('SubscriptionNotFound');
  });
});
