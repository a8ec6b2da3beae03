import { expect } from 'chai';
import { getRetentionPolicy } from '../../../../queries/audit/retention/get-retention-policy.ts';
import { policyId } from '../../../support/controls/audit-retention.ts';
import { testContext } from '../../../support/scenario.ts';

describe('getRetentionPolicy', () => {
  it('refuses what is not there', () => {
    const input = { policyId };
    expect(getRetentionPolicy.respond([], input, testContext)).to.include({ code: 'RetentionPolicyNotFound' });
  });
});
