import { z } from 'zod';
import { PolicyId, RetentionTerms } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionPolicy } from '../../../src/domain/audit/retention/retention-policy.ts';
import { command } from '../../../src/kernel/command.ts';

export const createRetentionPolicy = command({
  name: 'audit.createRetentionPolicy',
  summary:
    'Says how long entries of some types or services are kept; enforced every night, or by a call of cleanup. To change a policy, create another and remove it.',
  route: 'POST /audit/v1/retention/policies',
  aliases: ['POST /v1/retention/policies'],
  status: 201,
  input: RetentionTerms,
  output: z.object({ policyId: PolicyId, name: z.string(), createdAt: z.string() }),
  controls: {
    effect: 'create',
    permission: 'audit.retention.manage',
    entitlement: 'audit.retention',
    audit: { action: 'audit.retention.create-policy', subject: (input) => input.name },
  },
  aggregate: RetentionPolicy,
  stream: (_, { newId }) => newId('policy'),
  decide: (_, terms, { newId }) => [RetentionPolicy.events.Created({ policyId: newId('policy'), ...terms })],
  respond: (_, { name }, { context }) => ({ policyId: context.newId('policy'), name, createdAt: context.now }),
});
