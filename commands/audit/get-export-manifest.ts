import { z } from 'zod';
import { Export } from '../../src/domain/audit/export/export.ts';
import { SignedManifest } from '../../src/domain/audit/export/manifest.ts';
import { operation } from '../../src/kernel/operation.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const getExportManifest = operation({
  name: 'audit.getExportManifest',
  summary: 'The signed manifest of an export: checked with public keys alone, as docs/guides/audit-export.md says.',
  route: 'GET /api/audit/export/:exportId/manifest',
  input: z.strictObject({ exportId: z.uuid() }),
  output: SignedManifest,
  controls: {
    effect: 'read',
    permission: 'audit.export',
    audit: { action: 'audit.export.read-manifest', subject: ({ exportId }) => exportId },
  },
  rejections: { ExportNotFound: 404 },
  aggregate: Export,
  stream: ({ exportId }) => exportId,
  perform: async ({ manifest }) => manifest ?? reject('ExportNotFound', 'There is no finished export of this id.'),
});
