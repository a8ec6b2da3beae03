import { expect } from 'chai';
import { getRetentionRun } from '../../../../queries/audit/retention/get-retention-run.ts';
import { runId } from '../../../support/controls/audit-retention.ts';
import { testContext } from '../../../support/scenario.ts';

describe('getRetentionRun', () => {
  it('refuses what is not there', () => {
    const input = { executionId: runId };
    expect(getRetentionRun.respond([], input, testContext)).to.include({ code: 'RetentionRunNotFound' });
  });
});
