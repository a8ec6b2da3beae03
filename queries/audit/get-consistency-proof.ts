import { z } from 'zod';
import { TreeName } from '../../src/domain/audit/checkpoint.ts';
import { Hash, TreeSize, toBase64 } from '../../src/domain/audit/proof-fields.ts';
import { selectConsistency } from '../../src/domain/audit/proof-reads.ts';
import { rootsFrom } from '../../src/domain/audit/tree-reads.ts';
import { consistencyProof } from '../../src/kernel/crypto/merkle.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';

const input = z
  .strictObject({ first: TreeSize, second: TreeSize, tree: TreeName.default('log') })
  .refine(({ first, second }) => first <= second, { path: ['second'], message: 'is not less than first' });

export const getConsistencyProof = query({
  name: 'audit.getConsistencyProof',
  summary:
    'Proves that the tree of one size begins with the tree of a smaller one, so that nothing was changed or cut (RFC 9162).',
  route: 'GET /audit/v1/proofs/consistency',
  aliases: ['GET /v1/proofs/consistency'],
  input,
  output: z.object({
    first: z.int(),
    second: z.int(),
    firstRoot: Hash,
    secondRoot: Hash,
    proof: z.array(Hash),
  }),
  controls: { permission: 'audit.log.read', audit: 'none' },
  reads: ['audit_log', 'audit_log_of_logs'],
  rejections: { TreeTooSmall: 422 },
  run: ({ first, second, tree }, { tenant }) => selectConsistency(tree, tenant, [first, second]),
  respond: (rows, { first, second }) => {
    const head = Number(rows[0]?.['head'] ?? 0);
    if (head < second) return reject('TreeTooSmall', `The log has ${head} entries.`);
    const roots = rootsFrom(rows);
    return {
      first,
      second,
      firstRoot: toBase64(roots(0, first)),
      secondRoot: toBase64(roots(0, second)),
      proof: consistencyProof(first, second, roots).map(toBase64),
    };
  },
});
