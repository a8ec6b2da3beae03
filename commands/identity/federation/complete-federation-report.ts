import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  FederationReport,
  maxDocumentBytes,
  ReportId,
  reportSeal,
} from '../../../src/domain/identity/federation/federation-report.ts';
import { command } from '../../../src/kernel/command.ts';
import type { Sealed } from '../../../src/kernel/ports.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const completeFederationReport = command({
  name: 'identity.completeFederationReport',
  summary: 'Seals the document that was compiled for a report, once.',
  input: z.strictObject({ reportId: ReportId, document: z.base64().max(Math.ceil(maxDocumentBytes / 3) * 4) }),
  output: z.object({ reportId: z.string() }),
  controls: {
    effect: 'change',
    permission: 'identity.federation.report',
    audit: { action: 'identity.federation.complete-report', subject: ({ reportId }) => reportId },
  },
  aggregate: FederationReport,
  stream: ({ reportId }) => reportId,
  rejections: { ReportNotFound: 404 },
  validate: ({ status }) => (status === 'absent' ? reject('ReportNotFound') : undefined),
  prepare: async ({ status }, { document, reportId }, { ports, tenant }) =>
    status === 'pending' ? ports.sealer.seal(reportSeal(tenant, reportId), Buffer.from(document, 'base64')) : undefined,
  decide: ({ status }, { document, reportId }, { prepared }: { readonly prepared: Sealed | undefined }) => {
    if (status !== 'pending' || prepared === undefined) return [];
    const bytes = Buffer.from(document, 'base64');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return [FederationReport.events.Completed({ reportId, sha256, bytes: bytes.length, document: prepared })];
  },
  respond: (_, { reportId }) => ({ reportId }),
});
