import { z } from 'zod';
import { PolicyId } from '../../../src/domain/audit/retention/fields.ts';
import { ShownRun, shownRun } from '../../../src/domain/audit/retention/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const listRetentionRuns = query({
  name: 'audit.listRetentionRuns',
  summary: 'Lists cleanups that found something to do, newest first.',
  route: 'GET /audit/v1/retention/executions',
  aliases: ['GET /v1/retention/executions'],
  input: z.strictObject({ policyId: PolicyId.optional() }),
  output: z.object({ executions: z.array(ShownRun) }),
  controls: { permission: 'audit.retention.read', audit: 'none' },
  reads: 'audit_retention_runs',
  page: { by: ['started_at', 'run_id'], direction: 'desc', defaultLimit: 100, maxLimit: 500 },
  run: ({ policyId }, { tenant }) => sql`
    select * from audit_retention_runs
    where tenant_id = ${tenant} and (${policyId}::uuid is null or policy_id = ${policyId})`,
  respond: (rows) => ({ executions: rows.map(shownRun) }),
});
