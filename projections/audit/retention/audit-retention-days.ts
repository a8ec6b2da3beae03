import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** audit_retention_days: the days whose facts about requests have left the log. */
export const auditRetentionDays = projection({
  name: 'audit_retention_days',
  version: 1,
  table: `
    create table audit_retention_days (
      tenant_id text collate "C" not null,
      day text collate "C" not null,
      run_id uuid not null,
      facts int not null,
      primary key (tenant_id, day)
    );`,
  on: when(RetentionRun, {
    RequestsTruncated: ({ before, day, runId }, { tenant }) => [
      sql`
        insert into audit_retention_days (tenant_id, day, run_id, facts) values (${tenant}, ${day}, ${runId}, ${before})
        on conflict do nothing`,
    ],
  }),
});
