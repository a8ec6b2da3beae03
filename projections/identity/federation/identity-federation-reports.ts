import { FederationReport } from '../../../src/domain/identity/federation/federation-report.ts';
import type { Fact } from '../../../src/kernel/aggregate.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

const ended = (status: string, reportId: string, { at, tenant }: Fact): readonly Sql[] => [
  sql`update identity_federation_reports set status = ${status}, completed_at = ${at}
    where tenant_id = ${tenant} and report_id = ${reportId}`,
];

/** identity_federation_reports: one row a report that was asked for; its document stays on the log. */
export const identityFederationReports = projection({
  name: 'identity_federation_reports',
  version: 1,
  table: `
    create table identity_federation_reports (
      tenant_id text not null,
      report_id text collate "C" not null,
      report_type text not null,
      format text not null,
      status text not null,
      period_from timestamptz not null,
      period_to timestamptz not null,
      created_at timestamptz not null,
      completed_at timestamptz,
      primary key (tenant_id, report_id)
    );
    create index on identity_federation_reports (tenant_id, created_at, report_id);`,
  on: when(FederationReport, {
    Requested: ({ format, from, reportId, reportType, to }, { at, tenant }) => [
      sql`insert into identity_federation_reports (tenant_id, report_id, report_type, format, status, period_from, period_to,
          created_at)
        values (${tenant}, ${reportId}, ${reportType}, ${format}, 'pending', ${from}, ${to}, ${at})`,
    ],
    Completed: ({ reportId }, fact) => ended('completed', reportId, fact),
    Failed: ({ reportId }, fact) => ended('failed', reportId, fact),
  }),
});
