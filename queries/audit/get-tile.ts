import { z } from 'zod';
import { TreeName } from '../../src/domain/audit/checkpoint.ts';
import { treeTable } from '../../src/domain/audit/tree-rows.ts';
import { hashBytes } from '../../src/kernel/crypto/merkle.ts';
import { file, fileOutput } from '../../src/kernel/file.ts';
import { parseTilePath } from '../../src/kernel/proof/tiles.ts';
import { tileWidth } from '../../src/kernel/proof/tree.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';

const mediaType = 'application/octet-stream';

export const getTile = query({
  name: 'audit.getTile',
  summary:
    'Hashes of the audit log’s tree: 256 of a level, or the first so many of a tile that is not full (C2SP tlog-tiles).',
  route: 'GET /audit/v1/tile/:level/:index+',
  aliases: ['GET /v1/tile/:level/:index+'],
  input: z.strictObject({
    level: z.string().regex(/^([0-9]|[1-5]\d|6[0-3])$/, 'is a level from 0 to 63'),
    index: z.string().max(40),
    tree: TreeName.default('log'),
  }),
  output: fileOutput(mediaType),
  controls: { permission: 'audit.log.read', audit: 'none' },
  reads: ['audit_log', 'audit_log_of_logs'],
  rejections: { TileMissing: 404 },
  run: ({ index, level, tree }, { tenant }) => sql`
    select hashes from ${treeTable(tree, 'tiles')}
    where tenant_id = ${tenant} and level = ${Number(level)} and tile = ${parseTilePath(index)?.tile ?? -1}`,
  respond: ([row], { index }) => {
    const { width = tileWidth } = parseTilePath(index) ?? {};
    const hashes = row?.['hashes'] as Buffer | undefined;
    const length = width * hashBytes;
    return hashes === undefined || hashes.length < length
      ? reject('TileMissing', 'The tree has no such tile yet, or it is not that wide.')
      : file(mediaType, hashes.subarray(0, length));
  },
});
