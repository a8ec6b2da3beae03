import { hash } from 'node:crypto';

/** The most that is put together in a buffer kept for it; rarely is there more to one hash. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024);

/**
 * SHA-256 of bytes, or of a text as UTF-8. The digest comes as a string of bytes: a buffer made outside of the pool takes longer than the
 * hashing of an entry.
 */
export function sha256(content: string | Uint8Array): Buffer {
  return Buffer.from(hash('sha256', content, 'binary'), 'binary');
}

/** SHA-256 of parts, one behind the other. */
export function sha256Of(...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > scratch.length) return sha256(Buffer.concat(parts));
  let at = 0;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.length;
  }
  return sha256(scratch.subarray(0, length));
}
