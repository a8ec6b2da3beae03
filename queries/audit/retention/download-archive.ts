import { z } from 'zod';
import { ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { file, fileOutput } from '../../../src/kernel/file.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { sql } from '../../../src/kernel/sql.ts';

const mediaType = 'application/gzip';

export const downloadArchive = operation({
  name: 'audit.downloadArchive',
  summary:
    'The archive of a cleanup: compressed NDJSON that shows by itself that every entry in it stood in the audit.',
  route: 'GET /audit/v1/retention/executions/:executionId/archive',
  aliases: ['GET /v1/retention/executions/:executionId/archive'],
  input: z.strictObject({ executionId: ExecutionId }),
  output: fileOutput(mediaType),
  controls: {
    effect: 'read',
    permission: 'audit.retention.archive',
    audit: { action: 'audit.retention.download-archive', subject: (input) => input.executionId },
  },
  reads: 'audit_retention_runs',
  rejections: { ArchiveNotFound: 404 },
  perform: async (_, { executionId }, { ports, tenant }) => {
    const [row] = await ports.read(
      tenant,
      sql`select archive_file from audit_retention_runs where tenant_id = ${tenant} and run_id = ${executionId}`,
    );
    const name = row?.['archive_file'];
    const content = typeof name === 'string' ? await ports.archive.open(tenant, name) : undefined;
    if (content === undefined) return reject('ArchiveNotFound', `The cleanup ${executionId} has left no archive here.`);
    return file(mediaType, content, String(name));
  },
});
