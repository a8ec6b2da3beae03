import { FederationEvent } from '../../../src/domain/identity/federation/federation-event.ts';

/** What Okta reports of Dana. */
export const oktaLogin = {
  eventType: 'login',
  provider: 'okta',
  userId: 'dana@example.org',
  outcome: 'success' as const,
  metadata: { amr: ['pwd', 'otp'] },
};

export const oktaLoginRecorded = FederationEvent.events.Recorded(oktaLogin);

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'identity.recordFederationEvent': oktaLogin,
};
