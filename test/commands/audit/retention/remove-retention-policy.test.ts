import { removeRetentionPolicy } from '../../../../commands/audit/retention/remove-retention-policy.ts';
import { policyCreated, policyId, policyRemoved } from '../../../support/controls/audit-retention.ts';
import { given } from '../../../support/scenario.ts';

describe('removeRetentionPolicy', () => {
  it('removes a policy once', () => {
    given([policyCreated]).when(removeRetentionPolicy, { policyId }).then([policyRemoved]);
    given([policyCreated, policyRemoved])
      .when(removeRetentionPolicy, { policyId })
      .thenRejected('RetentionPolicyNotFound');
    given([]).when(removeRetentionPolicy, { policyId }).thenRejected('RetentionPolicyNotFound');
  });
});
