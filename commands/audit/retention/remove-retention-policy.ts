import { z } from 'zod';
import { PolicyId } from '../../../src/domain/audit/retention/fields.ts';
import { policyNotFound } from '../../../src/domain/audit/retention/lookups.ts';
import { RetentionPolicy } from '../../../src/domain/audit/retention/retention-policy.ts';
import { command } from '../../../src/kernel/command.ts';

export const removeRetentionPolicy = command({
  name: 'audit.removeRetentionPolicy',
  summary: 'Removes a retention policy: nothing goes by it any more. A run that was started goes on.',
  route: 'DELETE /audit/v1/retention/policies/:policyId',
  aliases: ['DELETE /v1/retention/policies/:policyId'],
  input: z.strictObject({ policyId: PolicyId }),
  output: z.object({ policyId: PolicyId, removedAt: z.string() }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.remove-policy', subject: (input) => input.policyId },
  },
  aggregate: RetentionPolicy,
  stream: ({ policyId }) => policyId,
  rejections: { RetentionPolicyNotFound: 404 },
  decide: ({ status }, { policyId }) =>
    status === 'active' ? [RetentionPolicy.events.Removed({ policyId })] : policyNotFound(policyId),
  respond: (_, { policyId }, { context }) => ({ policyId, removedAt: context.now }),
});
