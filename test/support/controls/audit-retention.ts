import { Erasure } from '../../../src/domain/audit/retention/erasure.ts';
import { LegalHold } from '../../../src/domain/audit/retention/legal-hold.ts';
import { RetentionPolicy } from '../../../src/domain/audit/retention/retention-policy.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';

export const policyId = '0f8fad5b-d9cb-469f-a165-70867728950e';
export const holdId = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
export const runId = '550e8400-e29b-41d4-a716-446655440000';

export const terms = {
  name: 'requests for a year',
  retentionPeriod: 'P1Y',
  scope: { eventTypes: ['vault.secret.*'], services: ['vault'] },
  archiveConfig: { enabled: true, destination: 'cold' },
};

export const policyCreated = RetentionPolicy.events.Created({ policyId, ...terms });
export const policyRemoved = RetentionPolicy.events.Removed({ policyId });

export const hold = {
  name: 'case 7',
  reason: 'litigation',
  scope: { subjects: ['case-7'], eventTypes: [] },
};

export function holdPlaced(id: string = holdId, expiresAt?: string) {
  return LegalHold.events.Placed({ holdId: id, ...hold, expiresAt });
}

export const holdReleased = LegalHold.events.Released({ holdId });

export const runStarted = RetentionRun.events.Started({
  runId,
  policyId,
  policy: terms,
  cutoff: '2025-01-01T00:00:00.000Z',
  size: 100,
  expected: { entries: 3, bytes: 300 },
});

export const pruned = RetentionRun.events.EntriesPruned({
  ...{ runId, entries: 3, bytes: 300, upTo: 8 },
  ranges: [
    { first: 2, last: 3 },
    { first: 7, last: 7 },
  ],
});

export const subject = { subjectType: 'user', subjectId: 'alice' } as const;
export const erasureRequested = Erasure.events.Requested({ ...subject, reason: 'asked to' });
export const erasureWithheld = Erasure.events.Withheld({ ...subject, holds: [holdId] });
export const erasureCompleted = Erasure.events.Completed({ ...subject, keyIds: [] });

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'audit.createRetentionPolicy': { name: 'walked', retentionPeriod: 'P10Y' },
  'audit.downloadArchive': { executionId: runId },
  'audit.getErasure': { subjectId: 'nobody' },
  'audit.getRetentionPolicy': { policyId },
  'audit.getRetentionRun': { executionId: runId },
  'audit.placeLegalHold': { name: 'walked', reason: 'walked', scope: { subjects: ['nobody'] } },
  'audit.previewCleanup': { policyId },
  'audit.releaseLegalHold': { holdId },
  'audit.removeRetentionPolicy': { policyId },
  'audit.requestErasure': { subjectId: 'nobody', reason: 'walked' },
  'audit.runCleanup': { policyId, dryRun: true },
};
