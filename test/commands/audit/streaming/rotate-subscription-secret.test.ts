import { rotateSubscriptionSecret } from '../../../../commands/audit/streaming/rotate-subscription-secret.ts';
import { Subscription } from '../../../../src/domain/audit/streaming/subscription.ts';
import { deleted, hooked, read, subscriptionId } from '../../../support/controls/audit-streaming.ts';
import { given } from '../../../support/scenario.ts';

const input = { subscriptionId };
const sealed = { keyId: 'key-2', sealed: 'dHdv' };

describe('rotate subscription secret', () => {
  it('gives a new one, and the one before a day', () => {
    const prepared = { version: 2, made: 'whsec_new', sealed };
    const previousUntil = '2026-01-02T00:00:00.000Z';
    const asked = given([hooked]).when(rotateSubscriptionSecret, input, { prepared });
    asked.then([Subscription.events.SecretRotated({ subscriptionId, version: 2, secret: sealed, previousUntil })]);
    asked.thenAnswered({ subscriptionId, version: 2, previousUntil, signingSecret: 'whsec_new' });
  });

  it('refuses what is not signed, and what is not there', () => {
    given([read]).when(rotateSubscriptionSecret, input).thenRejected('DestinationUnsigned');
    given([hooked, deleted]).when(rotateSubscriptionSecret, input).thenRejected('SubscriptionNotFound');
  });
});
