import { pauseSubscription } from '../../../../commands/audit/streaming/pause-subscription.ts';
import {
  deleted,
  disabled,
  hooked,
  paused,
  resumed,
  shownHook,
  subscriptionId,
} from '../../../support/controls/audit-streaming.ts';
import { given } from '../../../support/scenario.ts';

const input = { subscriptionId };

describe('pause subscription', () => {
  it('pauses one that is active, once', () => {
    const asked = given([hooked]).when(pauseSubscription, input);
    asked.then([paused]);
    asked.thenAnswered({ ...shownHook, status: 'paused' });
    given([hooked, paused, resumed]).when(pauseSubscription, input).then([paused]);
    given([hooked, paused]).when(pauseSubscription, input).then([]);
  });

  it('refuses one that is disabled, or not there', () => {
    given([hooked, disabled]).when(pauseSubscription, input).thenRejected('SubscriptionNotActive');
    given([]).when(pauseSubscription, input).thenRejected('SubscriptionNotFound');
    given([hooked, deleted]).when(pauseSubscription, input).thenRejected('SubscriptionNotFound');
  });
});
