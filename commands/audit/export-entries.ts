import { z } from 'zod';
import { Export } from '../../src/domain/audit/export/export.ts';
import { makeExport, mediaTypes } from '../../src/domain/audit/export/files.ts';
import { exportFormats } from '../../src/domain/audit/export/manifest.ts';
import { planExport } from '../../src/domain/audit/export/plan.ts';
import { type FileBody, file, fileOutput } from '../../src/kernel/file.ts';
import { Instant } from '../../src/kernel/instant.ts';
import { operation } from '../../src/kernel/operation.ts';
import { reject } from '../../src/kernel/rejection.ts';

/** Entries a PDF may carry: it is put together in memory. */
const pdfEntries = 100_000;

export const exportEntries = operation({
  name: 'audit.exportEntries',
  summary:
    'Exports the tenant’s audit under a fresh checkpoint: hash-chained CSV, self-contained NDJSON, or a PDF evidence bundle with the CSV in it. GET …/export/{exportId}/manifest has the signed manifest.',
  route: 'GET /api/audit/export',
  input: z.strictObject({
    format: z.enum(exportFormats).default('csv'),
    since: Instant.optional(),
    until: Instant.optional(),
  }),
  output: fileOutput(...Object.values(mediaTypes)),
  controls: {
    effect: 'read',
    permission: 'audit.export',
    audit: {
      action: 'audit.export',
      subject: () => 'entries',
      details: (input, body) => {
        const asked = Object.entries(input).filter(([, value]) => value !== undefined);
        const { conclusion } = (body ?? {}) as Partial<FileBody>;
        return { ...Object.fromEntries(asked), ...(conclusion && { exportId: conclusion.id }) };
      },
    },
  },
  reads: 'audit_log',
  rejections: { ExportTooLarge: 413 },
  perform: async (_, { format, ...range }, { newId, ports, ...context }) => {
    const exportId = newId('export');
    const plan = await planExport(ports, context, range);
    const entries = plan.end - plan.start.frontier.size;
    if (format === 'pdf' && entries > pdfEntries) {
      const detail = `A PDF carries ${pdfEntries} entries at most, and the range has ${entries}: narrow it by since and until, or take csv.`;
      return reject('ExportTooLarge', detail, { entries });
    }
    const tenantName = ports.directory.tenant(context.tenant)?.slug ?? context.tenant;
    const making = makeExport({ ports, context, tenantName }, { exportId, format, ...range, plan });
    return file(mediaTypes[format], making.content, `audit-${exportId}.${format}`, {
      total: entries,
      describedBy: `/api/audit/export/${exportId}/manifest`,
      conclusion: {
        aggregate: Export,
        id: exportId,
        events: async (whole) => [
          Export.events.Recorded({ exportId, format, ...range, entries, ...whole, manifest: making.manifest() }),
        ],
      },
    });
  },
});
