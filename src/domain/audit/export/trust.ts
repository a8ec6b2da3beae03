import { z } from 'zod';
import { verifyConsistency } from '../../../kernel/crypto/merkle-verify.ts';
import { verifyDocument } from '../../../kernel/crypto/signing.ts';
import { type Checkpoint, parseCheckpoint } from '../../../kernel/proof/checkpoint.ts';
import { MalformedNote, parseNote, verifiedBy } from '../../../kernel/proof/signed-note.ts';
import { type CheckpointVerifier, checkpointVerifier } from '../../../kernel/proof/verifiers.ts';
import type { ExportManifest, SignedManifest } from './manifest.ts';

const log = z.object({ origin: z.string(), keys: z.array(z.object({ vkeys: z.array(z.string()) })) });

/** Public keys as `GET /audit/v1/signing-keys` gives them. */
export const TrustedKeys = z.object({
  keys: z.record(z.string(), z.unknown()),
  checkpoints: log,
  logOfLogs: log.optional(),
});

/** The keys an auditor trusts: of documents by id, and of logs. */
export interface Trust {
  readonly documents: Readonly<Record<string, unknown>>;
  readonly verifiers: readonly CheckpointVerifier[];
}

/** @throws {MalformedNote} a key that is none */
export function trustFrom({ checkpoints, keys, logOfLogs }: z.infer<typeof TrustedKeys>): Trust {
  const logs = [checkpoints, ...(logOfLogs === undefined ? [] : [logOfLogs])];
  const vkeys = logs.flatMap((each) => each.keys.flatMap((key) => key.vkeys));
  return { documents: keys, verifiers: vkeys.map(checkpointVerifier) };
}

/**
 * The head a signed note vouches for: the log's own Ed25519 signature must hold, and one of ML-DSA.
 *
 * @throws {MalformedNote} it is no such note; the message says why
 */
export function trustedHead(note: string, { verifiers }: Trust): Checkpoint {
  const parsed = parseNote(note);
  const head = parseCheckpoint(parsed.text);
  const held = verifiedBy(
    parsed,
    verifiers.filter(({ name }) => name === head.origin),
  ) as readonly CheckpointVerifier[];
  const classical = held.some(({ algorithm, kind }) => kind === 'log' && algorithm === 'Ed25519');
  const quantumSafe = held.some(({ algorithm }) => algorithm !== 'Ed25519');
  if (classical && quantumSafe) return head;
  throw new MalformedNote(`no trusted key of ${head.origin} has signed the checkpoint with Ed25519 and ML-DSA`);
}

/** What is wrong with a manifest; undefined where its signature, its checkpoint and the proof between them hold. */
export function distrust(signed: SignedManifest, trust: Trust): string | undefined {
  const verdict = verifyDocument(signed, trust.documents);
  if (!verdict.valid) return verdict.reason;
  try {
    return distrustHead(signed.document, trustedHead(signed.document.checkpoint.note, trust));
  } catch (error) {
    if (error instanceof MalformedNote) return error.message;
    throw error;
  }
}

function distrustHead({ checkpoint, origin, root, size }: ExportManifest, head: Checkpoint): string | undefined {
  if (head.origin !== origin) return `the checkpoint is of ${head.origin}, not of ${origin}`;
  if (size === 0) return undefined;
  const grown = verifyConsistency({
    first: size,
    second: head.size,
    firstRoot: Buffer.from(root, 'base64'),
    secondRoot: head.root,
    proof: checkpoint.consistency.map((hash) => Buffer.from(hash, 'base64')),
  });
  return grown ? undefined : 'the tree of the export does not grow into the tree of the checkpoint';
}
