import { clearRun } from '../../../../commands/audit/retention/clear-run.ts';
import { LegalHold } from '../../../../src/domain/audit/retention/legal-hold.ts';
import { hold, holdId, holdPlaced, holdReleased, runId } from '../../../support/controls/audit-retention.ts';
import { given } from '../../../support/scenario.ts';

const part = 'first';

describe('clearRun', () => {
  it('clears under the holds of the moment, and tells them', () => {
    given([holdPlaced()])
      .when(clearRun, { runId, part })
      .then([LegalHold.events.RunCleared({ runId, part, holds: [holdId] })]);
    const { name, scope } = hold;
    given([holdPlaced()])
      .when(clearRun, { runId, part })
      .thenAnswered({ holds: [{ holdId, name, scope }] });
  });

  it('passes over holds that were released or have expired', () => {
    const over = holdPlaced('7c9e6679-7425-40de-944b-e07fc1f90ae8', '2026-01-01T00:00:00.000Z');
    given([holdPlaced(), over, holdReleased])
      .when(clearRun, { runId, part })
      .then([LegalHold.events.RunCleared({ runId, part, holds: [] })]);
  });
});
