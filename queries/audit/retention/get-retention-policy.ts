import { z } from 'zod';
import { PolicyId } from '../../../src/domain/audit/retention/fields.ts';
import { ShownPolicy, shownPolicy } from '../../../src/domain/audit/retention/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const getRetentionPolicy = query({
  name: 'audit.getRetentionPolicy',
  summary: 'Shows a retention policy in force.',
  route: 'GET /audit/v1/retention/policies/:policyId',
  aliases: ['GET /v1/retention/policies/:policyId'],
  input: z.strictObject({ policyId: PolicyId }),
  output: ShownPolicy,
  controls: { permission: 'audit.retention.read', audit: 'none' },
  reads: 'audit_retention_policies',
  rejections: { RetentionPolicyNotFound: 404 },
  run: ({ policyId }, { tenant }) => sql`
    select * from audit_retention_policies
    where tenant_id = ${tenant} and policy_id = ${policyId} and removed_at is null`,
  respond: ([row], { policyId }) =>
    row === undefined
      ? reject('RetentionPolicyNotFound', `There is no retention policy ${policyId}, or it was removed.`)
      : shownPolicy(row),
});
