import { disableSubscription } from '../../../../commands/audit/streaming/disable-subscription.ts';
import {
  deleted,
  disabled,
  hooked,
  paused,
  resumed,
  subscriptionId,
} from '../../../support/controls/audit-streaming.ts';
import { given } from '../../../support/scenario.ts';

const input = { subscriptionId, reason: 'gone', detail: 'answered 410', activeSince: 0 };

describe('disable subscription', () => {
  it('disables what is active, as long as nobody has resumed it since', () => {
    given([hooked]).when(disableSubscription, input).then([disabled]);
    given([hooked, disabled]).when(disableSubscription, input).then([]);
    given([hooked, paused, resumed]).when(disableSubscription, input).then([]);
    given([hooked, paused, resumed])
      .when(disableSubscription, { ...input, activeSince: 2 })
      .then([disabled]);
  });

  it('refuses what is not there', () => {
    given([hooked, deleted]).when(disableSubscription, input).thenRejected('SubscriptionNotFound');
  });
});
