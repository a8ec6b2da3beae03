import { releaseLegalHold } from '../../../../commands/audit/retention/release-legal-hold.ts';
import { holdId, holdPlaced, holdReleased } from '../../../support/controls/audit-retention.ts';
import { given, testContext } from '../../../support/scenario.ts';

describe('releaseLegalHold', () => {
  it('releases a hold, expired or not', () => {
    given([holdPlaced()]).when(releaseLegalHold, { holdId }).then([holdReleased]);
    given([holdPlaced(holdId, '2020-01-01T00:00:00.000Z')])
      .when(releaseLegalHold, { holdId })
      .thenAnswered({ holdId, releasedAt: testContext.now });
  });

  it('refuses what is not there, and what was released', () => {
    given([]).when(releaseLegalHold, { holdId }).thenRejected('LegalHoldNotFound');
    given([holdPlaced(), holdReleased]).when(releaseLegalHold, { holdId }).thenRejected('LegalHoldReleased');
  });
});
