import type { OutsideHead } from '../../domain/audit/export/check.ts';
import { EntrySchema } from '../../domain/audit/export/proven.ts';
import { type Trust, trustedHead } from '../../domain/audit/export/trust.ts';
import { canonicalJson } from '../../kernel/crypto/canonical-json.ts';
import { leafHash } from '../../kernel/crypto/merkle.ts';
import { type AuditEntry, leafData } from '../../kernel/proof/entry.ts';
import { MalformedNote } from '../../kernel/proof/signed-note.ts';
import { type LogProof, parseProof, provenBy } from '../../kernel/proof/tlog-proof.ts';

/** What the check of a proof came to: the entry that is proved, or why it is not. */
export interface ProofVerdict {
  readonly entry?: AuditEntry;
  readonly origin?: string;
  readonly reason?: string;
}

/** Checks a proof that carries its entry; where a checkpoint is given, the proof must be of that one. */
export function checkProof(text: string, trust: Trust, outside?: OutsideHead): ProofVerdict {
  try {
    return checked(parseProof(text), trust, outside);
  } catch (error) {
    if (error instanceof MalformedNote) return { reason: error.message };
    throw error;
  }
}

function checked(proof: LogProof, trust: Trust, outside: OutsideHead | undefined): ProofVerdict {
  const entry = entryIn(proof);
  if (entry === undefined) return { reason: 'it carries no entry in its canonical form' };
  if (entry.index !== proof.index) return { reason: `its entry is ${entry.index}, and the proof is of ${proof.index}` };
  if (provenBy(proof, leafHash(leafData(entry))) === undefined) {
    return { reason: 'the entry is not in the tree of the checkpoint' };
  }
  const { origin, root, size } = trustedHead(proof.checkpoint, trust);
  if (outside !== undefined && !(outside.size === size && outside.root.equals(root))) {
    return {
      reason: `the proof is of the checkpoint of ${size} entries, and the one given is another, of ${outside.size}`,
    };
  }
  // One key signs for the logs of all tenants: the name of the log says whose it is.
  if (!origin.endsWith(`/${entry.tenant}`)) return { reason: `the entry is not of the log ${origin}` };
  return { entry, origin };
}

function entryIn({ extra }: LogProof): AuditEntry | undefined {
  const text = extra?.toString('utf8') ?? '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entry = EntrySchema.safeParse(value).data;
  return entry !== undefined && canonicalJson(entry) === text ? entry : undefined;
}
