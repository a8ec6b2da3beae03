import { recordCheckpoint } from '../../../commands/audit/record-checkpoint.ts';
import { sql } from '../../kernel/sql.ts';
import { schedule } from '../../kernel/worker.ts';

/** Every minute: the logs in which anything happened since their last checkpoint, those of tenants and the one over them. */
export const signCheckpoints = schedule({
  name: 'audit.sign-checkpoints',
  cron: '* * * * *',
  due: () => sql`
    select tenant_id, tree, notable from (
      select tenant_id, 'log' as tree, notable from audit_heads
      union all select tenant_id, 'logs', notable from audit_log_of_logs_heads
    ) as head
    where notable > coalesce((
      select size from audit_checkpoints as signed where signed.tenant_id = head.tenant_id and signed.tree = head.tree
      order by revision desc limit 1
    ), 0)`,
  command: recordCheckpoint,
  input: (row) => ({ tree: row['tree'] }),
  // One head is signed once, at whatever minute.
  occurrence: (row) => `${String(row['tenant_id'])}/${String(row['tree'])}/${String(row['notable'])}`,
});
