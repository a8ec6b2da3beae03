import { inspect } from 'node:util';

/** Bytes that must not be shown, logged or stored in clear. Wiping is best effort: the engine may have made copies. */
export class Secret {
  readonly #bytes: Buffer;

  /** Takes the bytes over; the caller keeps no copy. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy. */
  reveal(): Buffer {
    return this.#bytes;
  }

  wipe(): void {
    this.#bytes.fill(0);
  }

  toJSON(): string {
    return '[secret]';
  }

  toString(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/**
 * Refuses a value that holds a secret, or raw bytes, anywhere within: what goes onto the log passes here.
 *
 * @throws {TypeError} naming the path
 */
export function assertNoSecret(value: unknown, path = '$'): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Secret || value instanceof Uint8Array) throw new TypeError(`${path} is a secret; seal it first`);
  for (const [key, item] of Object.entries(value)) assertNoSecret(item, `${path}.${key}`);
}
