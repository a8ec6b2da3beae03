import { z } from 'zod';
import { FederationReport, ReportId } from '../../../src/domain/identity/federation/federation-report.ts';
import { command } from '../../../src/kernel/command.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const failFederationReport = command({
  name: 'identity.failFederationReport',
  summary: 'Says of a report that it could not be compiled, and why.',
  input: z.strictObject({ reportId: ReportId, reason: z.string().max(500) }),
  output: z.object({ reportId: z.string() }),
  controls: {
    effect: 'change',
    permission: 'identity.federation.report',
    audit: { action: 'identity.federation.fail-report', subject: ({ reportId }) => reportId },
  },
  aggregate: FederationReport,
  stream: ({ reportId }) => reportId,
  rejections: { ReportNotFound: 404 },
  decide: ({ status }, { reason, reportId }) => {
    if (status === 'absent') return reject('ReportNotFound');
    return status === 'pending' ? [FederationReport.events.Failed({ reportId, reason })] : [];
  },
  respond: (_, { reportId }) => ({ reportId }),
});
