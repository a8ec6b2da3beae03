import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';

/** A parameter set of FIPS 204. */
export type MlDsaSet = 44 | 65 | 87;

export interface MlDsaKeyPair {
  readonly publicKey: Uint8Array;
  /** Hedged: no two signatures are alike. */
  sign(message: Uint8Array, context: Uint8Array): Uint8Array;
}

/** ML-DSA (FIPS 204), pure, with a context of at most 255 bytes. */
export interface MlDsa {
  /** @param seed 32 secret bytes */
  keyPair(seed: Uint8Array): MlDsaKeyPair;
  /** False for whatever is not right, wrong lengths among it. */
  verify(
    signed: { readonly message: Uint8Array; readonly context: Uint8Array },
    signature: Uint8Array,
    publicKey: Uint8Array,
  ): boolean;
}

const sizes = {
  44: { publicKey: 1_312, signature: 2_420 },
  65: { publicKey: 1_952, signature: 3_309 },
  87: { publicKey: 2_592, signature: 4_627 },
} as const;
const schemes = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 } as const;

/** Bytes of public keys and signatures. */
export function mlDsaSizes(set: MlDsaSet): { readonly publicKey: number; readonly signature: number } {
  return sizes[set];
}

/** In JavaScript: works everywhere, at about a tenth of the speed. */
export function portableMlDsa(set: MlDsaSet): MlDsa {
  const scheme = schemes[set];
  return {
    keyPair(seed) {
      const { publicKey, secretKey } = scheme.keygen(seed);
      return { publicKey, sign: (message, context) => scheme.sign(message, secretKey, { context }) };
    },
    verify: ({ message, context }, signature, publicKey) =>
      fits(set, signature, publicKey) &&
      context.length <= 255 &&
      scheme.verify(signature, message, publicKey, { context }),
  };
}

/** By the platform's own library, where it has ML-DSA with contexts; else undefined. */
export function nativeMlDsa(set: MlDsaSet): MlDsa | undefined {
  return offered(set) ? native(set) : undefined;
}

/** The quickest there is here. */
export function mlDsa(set: MlDsaSet): MlDsa {
  return nativeMlDsa(set) ?? portableMlDsa(set);
}

function native(set: MlDsaSet): MlDsa {
  return {
    keyPair(seed) {
      const key = privateKeyOf(set, seed);
      const { pub } = createPublicKey(key).export({ format: 'jwk' }) as { readonly pub: string };
      return {
        publicKey: Buffer.from(pub, 'base64url'),
        sign: (message, context) => sign(null, message, { key, context }),
      };
    },
    verify({ message, context }, signature, publicKey) {
      if (!fits(set, signature, publicKey) || context.length > 255) return false;
      return verify(null, message, { key: publicKeyOf(set, publicKey), context }, signature);
    },
  };
}

function fits(set: MlDsaSet, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return signature.length === sizes[set].signature && publicKey.length === sizes[set].publicKey;
}

/** A PKCS#8 key that holds the seed alone (RFC 9881), up to the seed. */
const seedPrefix = {
  44: Buffer.from('3034020100300b060960864801650304031104228020', 'hex'),
  65: Buffer.from('3034020100300b060960864801650304031204228020', 'hex'),
  87: Buffer.from('3034020100300b060960864801650304031304228020', 'hex'),
} as const;

function privateKeyOf(set: MlDsaSet, seed: Uint8Array): KeyObject {
  // The platform takes some wrong lengths for other forms of a key.
  if (seed.length !== 32) throw new RangeError(`an ML-DSA seed has 32 bytes, not ${seed.length}`);
  const der = Buffer.concat([seedPrefix[set], seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}

function publicKeyOf(set: MlDsaSet, bytes: Uint8Array): KeyObject {
  const jwk = { kty: 'AKP', alg: `ML-DSA-${set}`, pub: Buffer.from(bytes).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

const known = new Map<MlDsaSet, boolean>();

function offered(set: MlDsaSet): boolean {
  const before = known.get(set);
  if (before !== undefined) return before;
  const now = heedsContexts(set);
  known.set(set, now);
  return now;
}

/** The first platforms with ML-DSA passed over a context in silence: theirs would be signatures without one. */
function heedsContexts(set: MlDsaSet): boolean {
  try {
    const key = privateKeyOf(set, Buffer.alloc(32));
    const message = Buffer.from('message');
    const signature = sign(null, message, { key, context: Buffer.from('one') });
    const under = (context: string): boolean =>
      verify(null, message, { key: createPublicKey(key), context: Buffer.from(context) }, signature);
    return under('one') && !under('other');
  } catch {
    return false;
  }
}
