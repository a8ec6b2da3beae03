import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { NotAuthentic } from './key-errors.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Length of what `sealBytes` adds to a plaintext. */
export const overheadBytes = nonceBytes + tagBytes;

/**
 * Joins parts so that no two different lists give the same bytes: each part stands behind its length in bytes
 * (32 bits, big-endian). Whole numbers are written in decimal.
 */
export function lengthPrefixed(parts: readonly (string | number | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/**
 * AES-256-GCM (NIST SP 800-38D) under a random 96-bit nonce.
 *
 * @param key 32 bytes; seals at most 2^32 messages, so give every value a key of its own where it may be many
 * @returns nonce, ciphertext and 128-bit tag
 */
export function sealBytes(key: KeyObject | Uint8Array, additional: Uint8Array, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyObject(key), nonce, { authTagLength: tagBytes });
  cipher.setAAD(additional);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what `sealBytes` made under the same key and additional data.
 *
 * @throws {NotAuthentic} where anything about it differs; no byte of the plaintext is let out
 */
export function openBytes(key: KeyObject | Uint8Array, additional: Uint8Array, sealed: Uint8Array): Buffer {
  if (sealed.length < overheadBytes) throw new NotAuthentic('the ciphertext is too short to be whole');
  const decipher = createDecipheriv(algorithm, keyObject(key), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const plaintext = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    throw new NotAuthentic('the ciphertext was changed or belongs elsewhere');
  } finally {
    plaintext.fill(0);
  }
}

/** Given bytes, the cipher of Node 24 first finds out at length that they are no key object: twice what it takes to seal a small value. */
function keyObject(key: KeyObject | Uint8Array): KeyObject {
  return key instanceof Uint8Array ? createSecretKey(key) : key;
}
