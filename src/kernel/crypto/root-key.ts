import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { openBytes, sealBytes } from './aead.ts';
import { KeyUnknown } from './key-errors.ts';

/** Wraps the tenants' keys. Asynchronous, so that the key may live where it never leaves, such as an HSM. */
export interface RootKey {
  /** Ids of the keys it can unwrap with; the first is the one it wraps with. */
  readonly ids: readonly [string, ...string[]];
  /** Wraps 32 bytes under the first key. */
  wrap(additional: Uint8Array, key: Uint8Array): Promise<Buffer>;
  /**
   * @throws {KeyUnknown} it has no key of this id
   * @throws {NotAuthentic} the bytes were changed or belong to another key
   */
  unwrap(id: string, additional: Uint8Array, wrapped: Uint8Array): Promise<Buffer>;
}

const keyBytes = 32;

/** A root key cannot be read; the message says what is wrong and what to do, never what the file holds. */
export class RootKeyError extends Error {
  override readonly name = 'RootKeyError';
}

/**
 * Root keys as text: one key a line, 32 bytes in base64, the newest first. Older ones stay until all is wrapped anew.
 *
 * @param source named in errors
 * @throws {RootKeyError}
 */
export function parseRootKeys(text: string, source: string): RootKey {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const [first, ...rest] = lines.flatMap((line, index) =>
    line === '' || line.startsWith('#') ? [] : [keyOf(line, `${source}, line ${index + 1}`)],
  );
  if (first === undefined) throw new RootKeyError(`${source} holds no key; ${expected}.`);
  return softwareRootKey([first, ...rest]);
}

const expected = 'write one line of 32 random bytes in base64, as `openssl rand -base64 32` prints it';

function keyOf(line: string, where: string): Buffer {
  const key = Buffer.from(line, 'base64');
  if (key.toString('base64') !== line) throw new RootKeyError(`${where} is not base64; ${expected}.`);
  if (key.length !== keyBytes) {
    throw new RootKeyError(`${where} holds ${key.length} bytes where a root key has ${keyBytes}; ${expected}.`);
  }
  return key;
}

/** A root key held in this process's memory. Takes the bytes over and wipes them. */
export function softwareRootKey(keys: readonly [Buffer, ...Buffer[]]): RootKey {
  const held = new Map(keys.map((key) => [rootKeyId(key), createSecretKey(key)]));
  const ids = [...held.keys()] as [string, ...string[]];
  for (const key of keys) key.fill(0);
  const byId = (id: string): KeyObject => {
    const key = held.get(id);
    if (key !== undefined) return key;
    throw new KeyUnknown(
      `a key is wrapped by root key ${id}, which is not among those given (${ids.join(', ')}); add that key's line to the root key file`,
    );
  };
  return {
    ids,
    wrap: async (additional, key) => sealBytes(byId(ids[0]), additional, key),
    unwrap: async (id, additional, wrapped) => openBytes(byId(id), additional, wrapped),
  };
}

/** Tells root keys apart without telling about them: the start of a hash. */
function rootKeyId(key: Buffer): string {
  const digest = createHash('sha256').update('keyledger root key id v1\0').update(key).digest('hex');
  return `root-${digest.slice(0, 16)}`;
}
