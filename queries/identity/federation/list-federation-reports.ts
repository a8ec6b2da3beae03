import { z } from 'zod';
import { ReportFormat, ReportType } from '../../../src/domain/identity/federation/federation-report.ts';
import { query, type Row } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const status = z.enum(['pending', 'completed', 'failed']);

const report = z.object({
  reportId: z.string(),
  reportType: ReportType,
  format: ReportFormat,
  status,
  /** From which on, and before which. */
  startDate: z.string(),
  endDate: z.string(),
  createdAt: z.string(),
  completedAt: z.string().nullable(),
});

export const listFederationReports = query({
  name: 'identity.listFederationReports',
  summary: 'Lists the reports about federated logins that were asked for, newest first.',
  route: 'GET /auth/federation/audit/reports',
  input: z.strictObject({ status: status.optional() }),
  output: z.object({ reports: z.array(report) }),
  controls: {
    permission: 'identity.federation.read',
    audit: { action: 'identity.federation.list-reports', subject: () => 'federation' },
  },
  reads: 'identity_federation_reports',
  page: { by: ['created_at', 'report_id'], direction: 'desc', defaultLimit: 50, maxLimit: 500 },
  run: ({ status: wanted }, { tenant }) => sql`
    select * from identity_federation_reports
    where tenant_id = ${tenant} and (${wanted}::text is null or status = ${wanted})`,
  respond: (rows) => ({ reports: rows.map(toReport) }),
});

const iso = (value: unknown): string => (value as Date).toISOString();

function toReport(row: Row): z.input<typeof report> {
  return {
    reportId: row['report_id'] as string,
    reportType: row['report_type'] as z.input<typeof ReportType>,
    format: row['format'] as z.input<typeof ReportFormat>,
    status: row['status'] as z.input<typeof status>,
    startDate: iso(row['period_from']),
    endDate: iso(row['period_to']),
    createdAt: iso(row['created_at']),
    completedAt: row['completed_at'] === null ? null : iso(row['completed_at']),
  };
}
