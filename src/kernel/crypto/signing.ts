import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DocumentSigner } from '../ports.ts';
import { lengthPrefixed } from './aead.ts';
import { canonicalJson, NotCanonical } from './canonical-json.ts';
import {
  type HybridAlgorithm,
  type HybridKey,
  type HybridPair,
  hybridAlgorithms,
  hybridKey,
  type SigningProfile,
  verifyHybrid,
} from './hybrid-signature.ts';

const algorithms = Object.values(hybridAlgorithms);
const names = algorithms.map(({ name }) => name);

/** Base64 in its one spelling. */
const bytes = z.string().transform((text, context): Buffer => {
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') === text) return decoded;
  context.addIssue('not base64');
  return z.NEVER;
});

const pair = { algorithm: z.enum(names), mlDsa: bytes, ed25519: bytes };
const publicKeySchema = z.strictObject(pair);
const signatureSchema = z.strictObject({
  format: z.literal('keyledger-signature-v1'),
  purpose: z.string(),
  keyId: z.string(),
  ...pair,
});

/** A public key as it is published: both halves in base64. */
export type DocumentPublicKey = z.input<typeof publicKeySchema>;

/** A detached signature: both halves in base64, what it was made for and by which key. */
export type DocumentSignature = z.input<typeof signatureSchema>;

export interface HybridDocumentSigner extends DocumentSigner {
  sign(purpose: string, document: Readonly<Record<string, unknown>>): Promise<DocumentSignature>;
  publicKeys(): Promise<Readonly<Record<string, DocumentPublicKey>>>;
}

/**
 * Signs documents with Ed25519 and ML-DSA together, over their canonical JSON (RFC 8785).
 *
 * @param secret 32 bytes, the same in every process
 * @param profile what signs; the keys of all profiles are published, so that older signatures verify after a change
 */
export function createDocumentSigner({
  secret,
  profile = 'default',
}: {
  readonly secret: Uint8Array;
  readonly profile?: SigningProfile;
}): HybridDocumentSigner {
  const made = new Map<HybridAlgorithm, { readonly id: string; readonly key: HybridKey }>();
  // Made at first use: in JavaScript a key pair takes some milliseconds.
  const keyOf = (algorithm: HybridAlgorithm): { readonly id: string; readonly key: HybridKey } => {
    const before = made.get(algorithm);
    if (before !== undefined) return before;
    const key = hybridKey(algorithm, secret);
    const entry = { id: documentKeyId(algorithm.name, key.publicKey), key };
    made.set(algorithm, entry);
    return entry;
  };
  return {
    async sign(purpose, document) {
      const { id, key } = keyOf(hybridAlgorithms[profile]);
      const signature = key.sign(Buffer.from(canonicalJson(document)), contextOf(purpose));
      return { format: 'keyledger-signature-v1', purpose, keyId: id, ...written(key.algorithm, signature) };
    },
    publicKeys: async () =>
      Object.fromEntries(
        algorithms.map((algorithm) => {
          const { id, key } = keyOf(algorithm);
          return [id, written(algorithm, key.publicKey)];
        }),
      ),
  };
}

/** What a check found: valid, or the first thing that is not. */
export type Verification =
  | { readonly valid: true; readonly keyId: string }
  | { readonly valid: false; readonly reason: string };

/**
 * Checks a detached signature without asking anybody. Both halves must verify.
 *
 * @param signed what is claimed: `purpose` is what the verifier expects, not what the signature says
 * @param publicKeys those the verifier trusts, by id
 */
export function verifyDocument(
  signed: { readonly purpose: string; readonly document: unknown; readonly signature: unknown },
  publicKeys: Readonly<Record<string, unknown>>,
): Verification {
  const signature = signatureSchema.safeParse(signed.signature).data;
  if (signature === undefined) return invalid('the signature is not of the form keyledger-signature-v1');
  const { keyId, purpose, algorithm: name } = signature;
  if (purpose !== signed.purpose) return invalid(`it was signed as ${purpose}, not as ${signed.purpose}`);
  if (!Object.hasOwn(publicKeys, keyId)) return invalid(`the key ${keyId} is not among the trusted ones`);
  const publicKey = publicKeySchema.safeParse(publicKeys[keyId]).data;
  const algorithm = algorithms.find((one) => one.name === name);
  if (publicKey === undefined || algorithm === undefined || publicKey.algorithm !== name) {
    return invalid(`the key ${keyId} is not a ${name} key`);
  }
  if (documentKeyId(name, publicKey) !== keyId) return invalid(`the key ${keyId} has the id of another key`);
  const message = canonicalBytes(signed.document);
  if (message === undefined) return invalid('the document has no canonical form');
  return verifyHybrid(algorithm, { message, context: contextOf(purpose) }, signature, publicKey)
    ? { valid: true, keyId }
    : invalid('the document or the signature was changed');
}

/** The id of a public key: the start of a hash over both halves. */
export function documentKeyId(algorithm: string, publicKey: HybridPair): string {
  const digest = createHash('sha256').update(
    lengthPrefixed(['keyledger document key v1', algorithm, publicKey.mlDsa, publicKey.ed25519]),
  );
  return `sig-${digest.digest('hex').slice(0, 32)}`;
}

const invalid = (reason: string): Verification => ({ valid: false, reason });

const contextOf = (purpose: string): Buffer => Buffer.from(`keyledger document: ${purpose}`, 'utf8');

function written(algorithm: HybridAlgorithm, { mlDsa, ed25519 }: HybridPair): DocumentPublicKey {
  const base64 = (half: Uint8Array): string => Buffer.from(half).toString('base64');
  return { algorithm: algorithm.name, mlDsa: base64(mlDsa), ed25519: base64(ed25519) };
}

function canonicalBytes(document: unknown): Buffer | undefined {
  try {
    return Buffer.from(canonicalJson(document), 'utf8');
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}
