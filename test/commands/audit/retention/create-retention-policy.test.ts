import { expect } from 'chai';
import { createRetentionPolicy } from '../../../../commands/audit/retention/create-retention-policy.ts';
import { RetentionPolicy } from '../../../../src/domain/audit/retention/retention-policy.ts';
import { terms } from '../../../support/controls/audit-retention.ts';
import { given, testContext } from '../../../support/scenario.ts';

describe('createRetentionPolicy', () => {
  it('says what is kept for how long', () => {
    const policyId = testContext.newId('policy');
    given([])
      .when(createRetentionPolicy, terms)
      .then([RetentionPolicy.events.Created({ policyId, ...terms })]);
    given([])
      .when(createRetentionPolicy, { name: ' all ', retentionPeriod: 'P90D' })
      .thenAnswered({ policyId, name: 'all', createdAt: testContext.now });
  });

  it('takes whole durations, whole words and prefixes, and folders only', () => {
    const valid = (change: object): boolean => createRetentionPolicy.input.safeParse({ ...terms, ...change }).success;
    expect(valid({ retentionPeriod: 'P2Y6M' })).to.equal(true);
    for (const retentionPeriod of ['90 days', 'P', 'P0D', 'P-1D', 'P1.5D', 'P101Y', '']) {
      expect(valid({ retentionPeriod }), retentionPeriod).to.equal(false);
    }
    for (const pattern of ['vault.*.read', '*', 'vault*', '', 'a\0b']) {
      expect(valid({ scope: { eventTypes: [pattern] } }), pattern).to.equal(false);
    }
    for (const destination of ['s3://bucket', '../up', 'Cold', '']) {
      expect(valid({ archiveConfig: { enabled: true, destination } }), destination).to.equal(false);
    }
    expect(valid({ scope: { services: ['Vault'] } })).to.equal(false);
  });
});
