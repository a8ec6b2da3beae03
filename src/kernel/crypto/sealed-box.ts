import { hkdfSync } from 'node:crypto';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import { lengthPrefixed, openBytes, overheadBytes, sealBytes } from './aead.ts';
import { NotAuthentic } from './key-errors.ts';

/** What a box is for; opening asks for the same. */
export interface BoxContext {
  /** Who may open it, such as an agent's id. */
  readonly recipient: string;
  readonly purpose: string;
  /** The rule it was sealed under; empty where there is none. */
  readonly policy: string;
  /** Which of several boxes of one message, from 0. */
  readonly index: number;
}

/** Bytes of X-Wing's keys and encapsulations. */
export const boxSizes = { publicKey: 1_216, secretKey: 32, encapsulation: 1_120 } as const;

const format = 1;
const headBytes = 1 + boxSizes.encapsulation;

/** Length of what `sealTo` adds to a plaintext. */
export const boxOverheadBytes = headBytes + overheadBytes;

export interface RecipientKeyPair {
  readonly publicKey: Buffer;
  readonly secretKey: Buffer;
}

/** An X-Wing key pair (draft-connolly-cfrg-xwing-kem), a new one where no seed is given. */
export function recipientKeyPair(seed?: Uint8Array): RecipientKeyPair {
  const { publicKey, secretKey } = xWing.keygen(seed);
  return { publicKey: Buffer.from(publicKey), secretKey: Buffer.from(secretKey) };
}

/**
 * Seals to whoever holds the secret key: X-Wing (ML-KEM-768 with X25519), HKDF-SHA-256 bound to the context, AES-256-GCM.
 *
 * @returns format byte, encapsulation, nonce, ciphertext and tag
 * @throws {RangeError} the public key is none
 */
export function sealTo(publicKey: Uint8Array, context: BoxContext, plaintext: Uint8Array): Buffer {
  const { cipherText, sharedSecret } = encapsulate(publicKey);
  const info = boxInfo(context);
  const key = boxKey(sharedSecret, info);
  return Buffer.concat([Buffer.of(format), cipherText, sealBytes(key, info, plaintext)]);
}

/**
 * Opens what `sealTo` made. ML-KEM tells nothing of a changed encapsulation: only the cipher's tag does.
 *
 * @throws {NotAuthentic} changed, for another recipient or context, or of another format
 */
export function openBox(secretKey: Uint8Array, context: BoxContext, box: Uint8Array): Buffer {
  if (box.length < boxOverheadBytes || box[0] !== format) throw new NotAuthentic('not a sealed box of format 1');
  const info = boxInfo(context);
  const key = boxKey(decapsulate(box.subarray(1, headBytes), secretKey), info);
  return openBytes(key, info, box.subarray(headBytes));
}

function boxInfo({ recipient, purpose, policy, index }: BoxContext): Buffer {
  return lengthPrefixed(['keyledger sealed box v1', recipient, purpose, policy, index]);
}

function boxKey(sharedSecret: Uint8Array, info: Uint8Array): Uint8Array {
  const key = new Uint8Array(hkdfSync('sha256', sharedSecret, '', info, 32));
  sharedSecret.fill(0);
  return key;
}

function encapsulate(publicKey: Uint8Array): { readonly cipherText: Uint8Array; readonly sharedSecret: Uint8Array } {
  try {
    return xWing.encapsulate(publicKey);
  } catch (error) {
    throw new RangeError('the recipient has no valid X-Wing public key', { cause: error });
  }
}

function decapsulate(encapsulation: Uint8Array, secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== boxSizes.secretKey) {
    throw new RangeError(`an X-Wing secret key has ${boxSizes.secretKey} bytes, not ${secretKey.length}`);
  }
  try {
    return xWing.decapsulate(encapsulation, secretKey);
  } catch (error) {
    throw new NotAuthentic('the box holds no encapsulation', { cause: error });
  }
}
