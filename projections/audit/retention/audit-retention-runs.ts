import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** audit_retention_runs: one row a run, how far it is and what it took. */
export const auditRetentionRuns = projection({
  name: 'audit_retention_runs',
  version: 2,
  table: `
    create table audit_retention_runs (
      tenant_id text collate "C" not null,
      run_id uuid not null,
      policy_id uuid not null,
      policy_name text not null,
      status text not null,
      cutoff timestamptz not null,
      expected int not null,
      deleted int not null,
      archived int not null,
      days int not null,
      keys int not null,
      bytes bigint not null,
      archive_file text,
      archive_sha256 text,
      started_at timestamptz not null,
      started_by text not null,
      completed_at timestamptz,
      primary key (tenant_id, run_id)
    );`,
  on: when(RetentionRun, {
    Started: ({ cutoff, expected, policy, policyId, runId }, { actor, at, tenant }) => [
      sql`
        insert into audit_retention_runs (tenant_id, run_id, policy_id, policy_name, status, cutoff, expected, deleted,
          archived, days, keys, bytes, started_at, started_by)
        values (${tenant}, ${runId}, ${policyId}, ${policy.name}, 'running', ${cutoff}, ${expected.entries}, 0, 0, 0, 0, 0,
          ${at}, ${actor.id})`,
    ],
    ArchiveWritten: ({ entries, file, runId, sha256 }, { tenant }) => [
      sql`
        update audit_retention_runs set archived = ${entries}, archive_file = ${file}, archive_sha256 = ${sha256}
        where tenant_id = ${tenant} and run_id = ${runId}`,
    ],
    EntriesPruned: ({ bytes, entries, payloads, runId }, { tenant }) => [
      sql`
        update audit_retention_runs set deleted = deleted + ${entries}, bytes = bytes + ${bytes}, keys = keys + ${payloads?.keyIds.length ?? 0}
        where tenant_id = ${tenant} and run_id = ${runId}`,
    ],
    RequestsExpired: ({ bytes, runId }, { tenant }) => [
      sql`update audit_retention_runs set bytes = bytes + ${bytes} where tenant_id = ${tenant} and run_id = ${runId}`,
    ],
    RequestsTruncated: ({ runId }, { tenant }) => [
      sql`update audit_retention_runs set days = days + 1 where tenant_id = ${tenant} and run_id = ${runId}`,
    ],
    Completed: ({ runId }, { at, tenant }) => [
      sql`
        update audit_retention_runs set status = 'completed', completed_at = ${at}
        where tenant_id = ${tenant} and run_id = ${runId}`,
    ],
  }),
});
