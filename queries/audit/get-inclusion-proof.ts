import { z } from 'zod';
import { entryFrom } from '../../src/domain/audit/entry-rows.ts';
import { EntryIndex, Hash, TreeSize, toBase64 } from '../../src/domain/audit/proof-fields.ts';
import { type ProofRows, proofRows, selectInclusion } from '../../src/domain/audit/proof-reads.ts';
import { inclusionProof } from '../../src/kernel/crypto/merkle.ts';
import { leafData } from '../../src/kernel/proof/entry.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';

const input = z
  .strictObject({ eventId: z.uuid().optional(), index: EntryIndex.optional(), size: TreeSize.optional() })
  .refine(({ eventId, index }) => (eventId === undefined) !== (index === undefined), {
    path: ['eventId'],
    message: 'is needed, or index, not both',
  });

export const getInclusionProof = query({
  name: 'audit.getInclusionProof',
  summary:
    'Proves that an entry, by eventId or index, is in the tree of a size; where none is given, of the newest checkpoint, which then comes with it (RFC 9162).',
  route: 'GET /audit/v1/proofs/inclusion',
  aliases: ['GET /v1/proofs/inclusion'],
  input,
  output: z.object({
    index: z.int(),
    size: z.int(),
    /** The entry as it was hashed: its canonical JSON (RFC 8785). Absent where retention has taken it: its leaf stays. */
    entry: z.string().optional(),
    leafHash: Hash,
    root: Hash,
    proof: z.array(Hash),
    /** The signed note of this size, where there is one. */
    checkpoint: z.string().optional(),
  }),
  controls: {
    permission: 'audit.log.read',
    audit: { action: 'audit.proof.read', subject: ({ eventId, index }) => eventId ?? String(index ?? '') },
  },
  reads: ['audit_log', 'audit_checkpoints'],
  rejections: { EntryNotFound: 404, EntryNotCovered: 422, TreeTooSmall: 422 },
  run: (asked, { tenant }) => selectInclusion(tenant, asked),
  respond: (rows) => {
    const [first] = rows;
    if (first === undefined)
      return reject('EntryNotFound', 'There is no such entry in this log; GET /api/audit lists those there are.');
    const found = proofRows(rows);
    const index = Number(first['index']);
    const missing = refused(found, index);
    if (missing !== undefined) return missing;
    const { note, roots, size } = found;
    return {
      index,
      size,
      ...(first['event_id'] === null ? {} : { entry: leafData(entryFrom(first)).toString('utf8') }),
      leafHash: toBase64(first['leaf'] as Buffer),
      root: toBase64(roots(0, size)),
      proof: inclusionProof(index, size, roots).map(toBase64),
      ...(note === undefined ? {} : { checkpoint: note }),
    };
  },
});

function refused({ head, size }: ProofRows, index: number) {
  if (size > head) return reject('TreeTooSmall', `The log has ${head} entries.`);
  if (index < size) return undefined;
  return reject(
    'EntryNotCovered',
    'The entry came after that size; wait for the next checkpoint, or ask for a larger size.',
  );
}
