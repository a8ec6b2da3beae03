import { FederationEvent } from '../../../src/domain/identity/federation/federation-event.ts';
import { FederationReport } from '../../../src/domain/identity/federation/federation-report.ts';

/** What Okta reports of Dana. */
export const oktaLogin = {
  eventType: 'login',
  provider: 'okta',
  userId: 'dana@example.org',
  outcome: 'success' as const,
  metadata: { amr: ['pwd', 'otp'] },
};

export const oktaLoginRecorded = FederationEvent.events.Recorded(oktaLogin);

export const reportId = '0e0e0e0e-0000-4000-8000-000000000001';
export const december = { startDate: '2025-12-01', endDate: '2025-12-31' };

/** A report of all of December that has been asked for. */
export const reportRequested = FederationReport.events.Requested({
  reportId,
  reportType: 'activity',
  from: '2025-12-01T00:00:00.000Z',
  to: '2026-01-01T00:00:00.000Z',
  format: 'json',
  estimatedCompletionAt: '2026-01-01T00:00:15.000Z',
});

/** SHA-256 of `{}`. */
const sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
export const sealedDocument = { keyId: 'key-1', sealed: 'c2VhbGVk' };
export const reportCompleted = FederationReport.events.Completed({
  reportId,
  sha256,
  bytes: 2,
  document: sealedDocument,
});
export const reportFailed = FederationReport.events.Failed({ reportId, reason: 'too long' });

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'identity.recordFederationEvent': oktaLogin,
  'identity.requestFederationReport': { reportType: 'activity', ...december },
  'identity.getFederationReport': { reportId },
  'identity.downloadFederationReport': { reportId },
};
