import { z } from 'zod';
import {
  FederationReport,
  type FederationReportState,
  ReportFormat,
  ReportId,
  ReportType,
} from '../../../src/domain/identity/federation/federation-report.ts';
import { openDocument, reportNotFound } from '../../../src/domain/identity/federation/report-file.ts';
import { operation } from '../../../src/kernel/operation.ts';

const output = z.object({
  reportId: z.string(),
  reportType: ReportType,
  format: ReportFormat,
  status: z.enum(['pending', 'completed', 'failed']),
  data: z.record(z.string(), z.unknown()).nullable(),
  downloadUrl: z.string().nullable(),
  createdAt: z.string(),
  estimatedCompletionAt: z.string(),
  completedAt: z.string().nullable(),
  /** Of the document, in hex; null where there is none. */
  sha256: z.string().nullable(),
  bytes: z.int().nullable(),
  /** Why it failed. */
  failure: z.string().nullable(),
});

export const getFederationReport = operation({
  name: 'identity.getFederationReport',
  summary: 'Reads a report about federated logins: one in JSON with its data, and any with where to download it.',
  route: 'GET /auth/federation/audit/reports/:reportId',
  input: z.strictObject({ reportId: ReportId }),
  output,
  controls: {
    effect: 'read',
    permission: 'identity.federation.read',
    audit: { action: 'identity.federation.read-report', subject: ({ reportId }) => reportId },
  },
  aggregate: FederationReport,
  stream: ({ reportId }) => reportId,
  rejections: { ReportNotFound: 404 },
  perform: async (report, { reportId }, { ports, tenant }) => {
    const { status, terms } = report;
    if (status === 'absent' || terms === undefined) return reportNotFound(reportId);
    const document = status === 'completed' ? await openDocument(ports, tenant, report) : undefined;
    const isData = document !== undefined && terms.format === 'json';
    return {
      ...shown(report),
      reportType: terms.reportType,
      format: terms.format,
      status,
      data: isData ? (JSON.parse(document.toString()) as Record<string, unknown>) : null,
      downloadUrl: document === undefined ? null : `/auth/federation/audit/reports/${reportId}/download`,
    };
  },
});

function shown({
  bytes,
  completedAt,
  createdAt,
  estimatedCompletionAt,
  failure,
  reportId,
  sha256,
  status,
}: FederationReportState) {
  const isThere = status === 'completed';
  return {
    reportId,
    createdAt,
    estimatedCompletionAt,
    completedAt: completedAt ?? null,
    sha256: isThere ? sha256 : null,
    bytes: isThere ? bytes : null,
    failure: failure ?? null,
  };
}
