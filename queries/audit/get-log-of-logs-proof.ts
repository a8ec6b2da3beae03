import { z } from 'zod';
import { logLeafText } from '../../src/domain/audit/log-leaf.ts';
import { Hash, TreeSize, toBase64 } from '../../src/domain/audit/proof-fields.ts';
import {
  noteFrom,
  rootsFrom,
  selectCheckpoint,
  selectLogLeaf,
  selectTiles,
} from '../../src/domain/audit/tree-reads.ts';
import { inclusionProof } from '../../src/kernel/crypto/merkle.ts';
import { operation } from '../../src/kernel/operation.ts';
import { platformTenant } from '../../src/kernel/principal.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const getLogOfLogsProof = operation({
  name: 'audit.getLogOfLogsProof',
  summary:
    'Proves that a checkpoint of your log, the newest or that of a size, is in the tree over all tenants’ logs: nobody can cut your log without the others’ seeing it.',
  route: 'GET /audit/v1/log-of-logs/proof',
  aliases: ['GET /v1/log-of-logs/proof'],
  input: z.strictObject({ size: TreeSize.optional() }),
  output: z.object({
    /** Canonical JSON (RFC 8785) of your checkpoint: the data of the leaf. */
    leaf: z.string(),
    index: z.int(),
    size: z.int(),
    root: Hash,
    proof: z.array(Hash),
    /** The signed note of the tree over all logs. */
    checkpoint: z.string(),
  }),
  controls: {
    effect: 'read',
    permission: 'audit.log.read',
    audit: { action: 'audit.log-of-logs.read', subject: () => 'proof' },
  },
  reads: ['audit_log_of_logs', 'audit_checkpoints'],
  rejections: { CheckpointMissing: 404 },
  perform: async (_, { size: wanted }, { ports, tenant }) => {
    const [signed] = await ports.read(platformTenant, selectCheckpoint('logs', platformTenant));
    const size = Number(signed?.['size'] ?? 0);
    const [leaf] = await ports.read(platformTenant, selectLogLeaf({ tenant, below: size, size: wanted }));
    if (signed === undefined || leaf === undefined) {
      return reject('CheckpointMissing', 'No such checkpoint of your log is in a signed tree over all logs yet.');
    }
    const index = Number(leaf['index']);
    const tiles = await ports.read(platformTenant, selectTiles('logs', platformTenant, [index, size - 1]));
    const roots = rootsFrom(tiles);
    return {
      leaf: logLeafText({
        tenant,
        origin: String(leaf['origin']),
        size: Number(leaf['size']),
        root: String(leaf['root']),
      }),
      index,
      size,
      root: toBase64(roots(0, size)),
      proof: inclusionProof(index, size, roots).map(toBase64),
      checkpoint: noteFrom(signed),
    };
  },
});
