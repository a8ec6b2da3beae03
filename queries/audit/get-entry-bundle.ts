import { z } from 'zod';
import { entryFrom } from '../../src/domain/audit/entry-rows.ts';
import { file, fileOutput } from '../../src/kernel/file.ts';
import { leafData } from '../../src/kernel/proof/entry.ts';
import { parseTilePath } from '../../src/kernel/proof/tiles.ts';
import { tileWidth } from '../../src/kernel/proof/tree.ts';
import { query, type Row } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';

const mediaType = 'application/octet-stream';

export const getEntryBundle = query({
  name: 'audit.getEntryBundle',
  summary:
    'Entries of the audit log as they were hashed into its tree, 256 or fewer, each behind its length (C2SP tlog-tiles).',
  route: 'GET /audit/v1/tile/entries/:index+',
  aliases: ['GET /v1/tile/entries/:index+'],
  input: z.strictObject({ index: z.string().max(40) }),
  output: fileOutput(mediaType),
  controls: { permission: 'audit.log.read', audit: { action: 'audit.entries.read', subject: ({ index }) => index } },
  reads: 'audit_log',
  rejections: { BundleMissing: 404 },
  run: ({ index }, { tenant }) => {
    const { tile = -1, width = tileWidth } = parseTilePath(index) ?? {};
    const first = tile * tileWidth;
    return sql`
      select * from audit_entries
      where tenant_id = ${tenant} and index >= ${first} and index < ${first + width} order by index`;
  },
  respond: (rows, { index }) => {
    const { width = tileWidth } = parseTilePath(index) ?? {};
    return rows.length < width
      ? reject('BundleMissing', 'The log has no such bundle yet, or it does not hold as many entries.')
      : file(mediaType, Buffer.concat(rows.flatMap(bundled)));
  },
});

/** A big-endian uint16 of its length, then the entry. */
function bundled(row: Row): readonly [Buffer, Buffer] {
  const data = leafData(entryFrom(row));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length);
  return [length, data];
}
