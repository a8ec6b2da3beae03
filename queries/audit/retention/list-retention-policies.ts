import { z } from 'zod';
import { ShownPolicy, shownPolicy } from '../../../src/domain/audit/retention/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const listRetentionPolicies = query({
  name: 'audit.listRetentionPolicies',
  summary: 'Lists the retention policies in force.',
  route: 'GET /audit/v1/retention/policies',
  aliases: ['GET /v1/retention/policies'],
  input: z.strictObject({}),
  output: z.object({ policies: z.array(ShownPolicy) }),
  controls: { permission: 'audit.retention.read', audit: 'none' },
  reads: 'audit_retention_policies',
  page: { by: ['created_at', 'policy_id'], direction: 'asc', defaultLimit: 100, maxLimit: 500 },
  run: (_, { tenant }) =>
    sql`select * from audit_retention_policies where tenant_id = ${tenant} and removed_at is null`,
  respond: (rows) => ({ policies: rows.map(shownPolicy) }),
});
