import { completeErasure } from '../../../../commands/audit/retention/complete-erasure.ts';
import { withholdErasure } from '../../../../commands/audit/retention/withhold-erasure.ts';
import {
  erasureCompleted,
  erasureRequested,
  erasureWithheld,
  holdId,
  subject,
} from '../../../support/controls/audit-retention.ts';
import { given } from '../../../support/scenario.ts';

describe('completeErasure and withholdErasure', () => {
  it('end one that was asked for, and no other', () => {
    given([erasureRequested])
      .when(completeErasure, { ...subject, keyIds: [] })
      .then([erasureCompleted]);
    given([erasureRequested])
      .when(withholdErasure, { ...subject, holds: [holdId] })
      .then([erasureWithheld]);
    for (const past of [[], [erasureRequested, erasureWithheld], [erasureRequested, erasureCompleted]]) {
      given(past)
        .when(completeErasure, { ...subject, keyIds: [] })
        .then([]);
      given(past)
        .when(withholdErasure, { ...subject, holds: [holdId] })
        .then([]);
    }
  });
});
