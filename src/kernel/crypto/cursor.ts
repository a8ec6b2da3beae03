import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { CursorCodec } from '../pipeline/paging.ts';
import { lengthPrefixed, openBytes, sealBytes } from './aead.ts';
import { NotAuthentic } from './key-errors.ts';

const saltBytes = 16;
/** Bits of an integer cursor's authentication code. */
const macRange = 2 ** 20;

/**
 * Cursors that tell nothing and cannot be forged: the key of the last row, sealed, with what it is good for as additional
 * data. Each has an encryption key of its own, for a busy list hands out more of them than one key may seal.
 *
 * @param key 32 bytes, the same in every process
 */
export function createCursorCodec(key: Uint8Array): CursorCodec {
  const keyOf = (salt: Uint8Array): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', key, salt, Buffer.from('keyledger cursor v1'), 32));
  const macKey = Buffer.from(hkdfSync('sha256', key, '', Buffer.from('keyledger integer cursor v1'), 32));
  const mac = (binding: readonly string[], last: number): number =>
    createHmac('sha256', macKey)
      .update(lengthPrefixed([...binding, String(last)]))
      .digest()
      .readUIntBE(0, 3) % macRange;
  return {
    encode(binding, last) {
      const salt = randomBytes(saltBytes);
      const plaintext = Buffer.from(JSON.stringify(last), 'utf8');
      return Buffer.concat([salt, sealBytes(keyOf(salt), lengthPrefixed(binding), plaintext)]).toString('base64url');
    },
    decode(binding, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.toString('base64url') !== cursor) return undefined;
      try {
        const salt = bytes.subarray(0, saltBytes);
        const plaintext = openBytes(keyOf(salt), lengthPrefixed(binding), bytes.subarray(saltBytes));
        return JSON.parse(plaintext.toString('utf8')) as readonly unknown[];
      } catch (error) {
        if (error instanceof NotAuthentic) return undefined;
        throw error;
      }
    },
    encodeInteger: (binding, last) => last * macRange + mac(binding, last),
    decodeInteger(binding, cursor) {
      const last = Math.floor(cursor / macRange);
      return Number.isSafeInteger(cursor) && cursor % macRange === mac(binding, last) ? last : undefined;
    },
  };
}
