import { requestErasure } from '../../../../commands/audit/retention/request-erasure.ts';
import { Erasure } from '../../../../src/domain/audit/retention/erasure.ts';
import {
  erasureCompleted,
  erasureRequested,
  erasureWithheld,
  subject,
} from '../../../support/controls/audit-retention.ts';
import { given, testContext } from '../../../support/scenario.ts';

const { subjectId } = subject;
const input = { subjectId, reason: 'asked to' };

describe('requestErasure', () => {
  it('asks for it, of a user unless another is meant', () => {
    given([]).when(requestErasure, input).then([erasureRequested]);
    given([])
      .when(requestErasure, input)
      .thenAnswered({ ...subject, status: 'requested', requestedAt: testContext.now });
    const agent = { subjectType: 'agent', subjectId, reason: 'gone' } as const;
    given([])
      .when(requestErasure, agent)
      .then([Erasure.events.Requested(agent)]);
  });

  it('asks once while one is under way, and again after it ended', () => {
    given([erasureRequested]).when(requestErasure, input).then([]);
    given([erasureRequested, erasureWithheld]).when(requestErasure, input).then([erasureRequested]);
    given([erasureRequested, erasureCompleted]).when(requestErasure, input).then([erasureRequested]);
  });
});
