import { runCleanup } from '../../../../commands/audit/retention/run-cleanup.ts';
import { sql } from '../../../kernel/sql.ts';
import { schedule } from '../../../kernel/worker.ts';

/** Every night: a cleanup by each policy. */
export const applyRetention = schedule({
  name: 'audit.apply-retention',
  cron: '17 3 * * *',
  due: () => sql`select tenant_id, policy_id from audit_retention_policies where removed_at is null order by 1, 2`,
  command: runCleanup,
  input: (row) => ({ policyId: row['policy_id'], dryRun: false }),
  occurrence: (row, now) => `${String(row['tenant_id'])}/${String(row['policy_id'])}/${now.slice(0, 10)}`,
});
