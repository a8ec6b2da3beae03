import { createHash, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import { ed25519KeyPair, ed25519PublicBytes, ed25519PublicKey } from './ed25519.ts';
import { type MlDsaKeyPair, type MlDsaSet, mlDsa } from './ml-dsa.ts';

/** `default`: ML-DSA-65; `cnsa`: ML-DSA-87, as CNSA 2.0 asks. Ed25519 beside it in both. */
export type SigningProfile = 'default' | 'cnsa';

export interface HybridAlgorithm {
  readonly name: string;
  readonly mlDsa: MlDsaSet;
  /** Bound into both signatures, so that neither stands alone or under another pair. */
  readonly label: Buffer;
}

/** Both halves in clear bytes: public keys, or signatures. */
export interface HybridPair {
  readonly mlDsa: Uint8Array;
  readonly ed25519: Uint8Array;
}

export interface HybridKey {
  readonly algorithm: HybridAlgorithm;
  readonly publicKey: HybridPair;
  sign(message: Uint8Array, context: Uint8Array): HybridPair;
}

/**
 * ML-DSA-65 with Ed25519 is composite ML-DSA as IETF LAMPS drafts it (draft-ietf-lamps-pq-composite-sigs, the published
 * test vectors hold). There is no such composite of ML-DSA-87 and Ed25519: the same construction, under a label of our own.
 */
export const hybridAlgorithms: Readonly<Record<SigningProfile, HybridAlgorithm>> = {
  default: { name: 'MLDSA65-Ed25519-SHA512', mlDsa: 65, label: Buffer.from('COMPSIG-MLDSA65-Ed25519-SHA512') },
  cnsa: { name: 'MLDSA87-Ed25519-SHA512', mlDsa: 87, label: Buffer.from('KEYLEDGER-MLDSA87-Ed25519-SHA512') },
};

/** A key pair whose two halves are derived from one secret of 32 bytes. */
export function hybridKey(algorithm: HybridAlgorithm, secret: Uint8Array): HybridKey {
  const seed = (half: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `keyledger hybrid signature v1 ${algorithm.name} ${half}`, 32));
  const post: MlDsaKeyPair = mlDsa(algorithm.mlDsa).keyPair(seed('ML-DSA'));
  const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = ed25519KeyPair(seed('Ed25519'));
  return {
    algorithm,
    publicKey: { mlDsa: post.publicKey, ed25519: ed25519PublicBytes(publicKey) },
    sign(message, context) {
      const input = signedBytes(algorithm, message, context);
      return { mlDsa: post.sign(input, algorithm.label), ed25519: sign(null, input, privateKey) };
    },
  };
}

/** True only where both halves verify. */
export function verifyHybrid(
  algorithm: HybridAlgorithm,
  signed: { readonly message: Uint8Array; readonly context: Uint8Array },
  signature: HybridPair,
  publicKey: HybridPair,
): boolean {
  if (publicKey.ed25519.length !== 32 || signature.ed25519.length !== 64) return false;
  const message = signedBytes(algorithm, signed.message, signed.context);
  const post = mlDsa(algorithm.mlDsa).verify({ message, context: algorithm.label }, signature.mlDsa, publicKey.mlDsa);
  return verify(null, message, ed25519PublicKey(publicKey.ed25519), signature.ed25519) && post;
}

/** M' of the composite: prefix, label, length and bytes of the context, SHA-512 of the message. */
function signedBytes(algorithm: HybridAlgorithm, message: Uint8Array, context: Uint8Array): Buffer {
  if (context.length > 255) throw new RangeError(`a signature's context has at most 255 bytes, not ${context.length}`);
  const digest = createHash('sha512').update(message).digest();
  return Buffer.concat([
    Buffer.from('CompositeAlgorithmSignatures2025'),
    algorithm.label,
    Buffer.from([context.length]),
    context,
    digest,
  ]);
}
