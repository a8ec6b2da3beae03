import { previewCleanup } from '../../../../commands/audit/retention/preview-cleanup.ts';
import { policyCreated, policyId, policyRemoved } from '../../../support/controls/audit-retention.ts';
import { expectRefusal } from '../../../support/performed.ts';

describe('previewCleanup', () => {
  it('refuses a policy that is not there, or was removed', async () => {
    await expectRefusal([], previewCleanup, { policyId }, 'RetentionPolicyNotFound');
    await expectRefusal([policyCreated, policyRemoved], previewCleanup, { policyId }, 'RetentionPolicyNotFound');
  });
});
