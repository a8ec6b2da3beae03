import { resumeSubscription } from '../../../../commands/audit/streaming/resume-subscription.ts';
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

describe('resume subscription', () => {
  it('makes one that is paused or disabled active again', () => {
    given([hooked, paused]).when(resumeSubscription, input).then([resumed]);
    const asked = given([hooked, disabled]).when(resumeSubscription, input);
    asked.then([resumed]);
    asked.thenAnswered(shownHook);
    given([hooked]).when(resumeSubscription, input).then([]);
  });

  it('refuses one that is not there', () => {
    given([hooked, deleted]).when(resumeSubscription, input).thenRejected('SubscriptionNotFound');
  });
});
