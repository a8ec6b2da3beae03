import { z } from 'zod';
import { TreeName } from '../../src/domain/audit/checkpoint.ts';
import { TreeSize } from '../../src/domain/audit/proof-fields.ts';
import { noteFrom, selectCheckpoint } from '../../src/domain/audit/tree-reads.ts';
import { file, fileOutput } from '../../src/kernel/file.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';

const mediaType = 'text/plain; charset=utf-8';

export const getCheckpoint = query({
  name: 'audit.getCheckpoint',
  summary:
    'The newest signed head of the audit log, or that of a size, with the witnesses’ cosignatures (C2SP tlog-checkpoint). The platform may ask for its tree of all logs.',
  route: 'GET /audit/v1/checkpoint',
  aliases: ['GET /v1/checkpoint'],
  input: z.strictObject({ size: TreeSize.optional(), tree: TreeName.default('log') }),
  output: fileOutput(mediaType),
  controls: { permission: 'audit.log.read', audit: 'none' },
  reads: 'audit_checkpoints',
  rejections: { CheckpointMissing: 404 },
  run: ({ size, tree }, { tenant }) => selectCheckpoint(tree, tenant, size),
  respond: ([row]) =>
    row === undefined
      ? reject(
          'CheckpointMissing',
          'There is no such checkpoint; one is signed each minute that something happened in.',
        )
      : file(mediaType, noteFrom(row)),
});
