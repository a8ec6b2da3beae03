import { z } from 'zod';
import { FederationReport, mediaTypes, ReportId } from '../../../src/domain/identity/federation/federation-report.ts';
import { openDocument, reportNotFound } from '../../../src/domain/identity/federation/report-file.ts';
import { file, fileOutput } from '../../../src/kernel/file.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const downloadFederationReport = operation({
  name: 'identity.downloadFederationReport',
  summary: 'Downloads the document of a report that is completed.',
  route: 'GET /auth/federation/audit/reports/:reportId/download',
  input: z.strictObject({ reportId: ReportId }),
  output: fileOutput(...Object.values(mediaTypes)),
  controls: {
    effect: 'read',
    permission: 'identity.federation.read',
    audit: { action: 'identity.federation.download-report', subject: ({ reportId }) => reportId },
  },
  aggregate: FederationReport,
  stream: ({ reportId }) => reportId,
  rejections: { ReportNotFound: 404, ReportNotCompleted: 409, DocumentDestroyed: 410 },
  perform: async (report, { reportId }, { ports, tenant }) => {
    const { status, terms } = report;
    if (terms === undefined) return reportNotFound(reportId);
    if (status !== 'completed') return reject('ReportNotCompleted', `The report is ${status}.`, { status });
    const document = await openDocument(ports, tenant, report);
    if (document === undefined) return reject('DocumentDestroyed', 'The key of its document is destroyed.');
    const { format, from, reportType } = terms;
    return file(mediaTypes[format], document, `federation-${reportType}-${from.slice(0, 10)}.${format}`);
  },
});
