import { z } from 'zod';
import { noteFrom, selectCheckpoint } from '../../src/domain/audit/tree-reads.ts';
import { file, fileOutput } from '../../src/kernel/file.ts';
import { operation } from '../../src/kernel/operation.ts';
import { platformTenant } from '../../src/kernel/principal.ts';
import { reject } from '../../src/kernel/rejection.ts';

const mediaType = 'text/plain; charset=utf-8';

export const getLogOfLogsCheckpoint = operation({
  name: 'audit.getLogOfLogsCheckpoint',
  summary: 'The newest signed head of the tree over the checkpoints of all tenants’ logs.',
  route: 'GET /audit/v1/log-of-logs/checkpoint',
  aliases: ['GET /v1/log-of-logs/checkpoint'],
  input: z.strictObject({}),
  output: fileOutput(mediaType),
  controls: {
    effect: 'read',
    permission: 'audit.log.read',
    audit: { action: 'audit.log-of-logs.read', subject: () => 'checkpoint' },
  },
  reads: 'audit_checkpoints',
  rejections: { CheckpointMissing: 404 },
  perform: async (_, _input, { ports }) => {
    const [row] = await ports.read(platformTenant, selectCheckpoint('logs', platformTenant));
    return row === undefined
      ? reject('CheckpointMissing', 'None was signed yet; one is signed each minute that a tenant’s log was signed in.')
      : file(mediaType, noteFrom(row));
  },
});
