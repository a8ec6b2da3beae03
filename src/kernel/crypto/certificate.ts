import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { DocumentSigner } from '../ports.ts';
import { type Verification, verifyDocument } from './signing.ts';

/** What a destruction certificate is signed as. */
export const destructionPurpose = 'destruction-certificate';

const fields = {
  tenant: z.string().min(1),
  /** What was destroyed, such as `vault.secret`. */
  subjectType: z.string().min(1),
  subjectId: z.string().min(1),
  /** Null where all versions were. */
  subjectVersion: z.int().nullable(),
  /** The key whose destruction made it unreadable. */
  keyId: z.string().min(1),
  /** How, such as `data key destroyed (cryptographic erasure, NIST SP 800-88)`. */
  method: z.string().min(1),
  destroyedAt: z.iso.datetime(),
  /** What else shows it: who asked and why, the event on the log, a digest of the ciphertext that nothing opens any more. */
  evidence: z.record(z.string(), z.union([z.string(), z.int()])).optional(),
};

/** The document that says what was destroyed, when and how. */
export const DestructionCertificate = z.strictObject({
  kind: z.literal('keyledger.destruction-certificate'),
  version: z.literal(1),
  certificateId: z.uuid(),
  ...fields,
});
export type DestructionCertificate = z.infer<typeof DestructionCertificate>;

export type DestructionFacts = Omit<DestructionCertificate, 'kind' | 'version' | 'certificateId'>;

export interface SignedCertificate {
  readonly certificate: DestructionCertificate;
  readonly signature: Readonly<Record<string, unknown>>;
}

/** Writes and signs a certificate. Make it after the key is gone, never before. */
export async function certifyDestruction(
  signer: Pick<DocumentSigner, 'sign'>,
  facts: DestructionFacts,
  certificateId: string = randomUUID(),
): Promise<SignedCertificate> {
  const certificate = DestructionCertificate.parse({
    kind: 'keyledger.destruction-certificate',
    version: 1,
    certificateId,
    ...facts,
  });
  return { certificate, signature: await signer.sign(destructionPurpose, certificate) };
}

/** Checks a certificate without asking anybody. */
export function verifyDestruction(
  { certificate, signature }: { readonly certificate: unknown; readonly signature: unknown },
  publicKeys: Readonly<Record<string, unknown>>,
): Verification {
  const parsed = DestructionCertificate.safeParse(certificate);
  if (!parsed.success) return { valid: false, reason: 'the document is no destruction certificate of version 1' };
  return verifyDocument({ purpose: destructionPurpose, document: parsed.data, signature }, publicKeys);
}
