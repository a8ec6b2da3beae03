import { runCleanup } from '../../../../commands/audit/retention/run-cleanup.ts';
import { RetentionRun } from '../../../../src/domain/audit/retention/retention-run.ts';
import { policyId, terms } from '../../../support/controls/audit-retention.ts';
import { given, testContext } from '../../../support/scenario.ts';

const runId = testContext.newId('run');
const found = {
  terms,
  cutoff: '2025-01-01T00:00:00.000Z',
  size: 100,
  expired: 4,
  selected: 3,
  bytes: 300,
  oldest: null,
  newest: null,
};

describe('runCleanup', () => {
  it('records what it sets out to do', () => {
    given([])
      .when(runCleanup, { policyId }, { prepared: found })
      .then([
        RetentionRun.events.Started({
          ...{ runId, policyId, policy: terms, cutoff: found.cutoff, size: 100 },
          expected: { entries: 3, bytes: 300 },
        }),
      ]);
  });

  it('tells what is processed, what goes, and what is archived', () => {
    const counts = { executionId: runId, eventsProcessed: 4, eventsDeleted: 3, eventsArchived: 3, dryRun: false };
    given([]).when(runCleanup, { policyId }, { prepared: found }).thenAnswered(counts);
    const kept = { ...found, terms: { ...terms, archiveConfig: { enabled: false, destination: 'cold' } } };
    given([])
      .when(runCleanup, { policyId }, { prepared: kept })
      .thenAnswered({ ...counts, eventsArchived: 0 });
  });

  it('changes nothing in a dry run, nor where nothing has expired', () => {
    given([]).when(runCleanup, { policyId, dryRun: true }, { prepared: found }).then([]);
    given([])
      .when(runCleanup, { policyId }, { prepared: { ...found, selected: 0 } })
      .then([]);
  });

  it('refuses to start beside a cleanup by the same policy, which a dry run may', () => {
    const prepared = { ...found, underWay: policyId };
    given([]).when(runCleanup, { policyId }, { prepared }).thenRejected('CleanupUnderWay');
    given([]).when(runCleanup, { policyId, dryRun: true }, { prepared }).then([]);
  });

  it('refuses a policy that is not there', () => {
    given([])
      .when(runCleanup, { policyId }, { prepared: { ...found, terms: undefined } })
      .thenRejected('RetentionPolicyNotFound');
  });
});
