import { createHmac, createSecretKey, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { lengthPrefixed } from './aead.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 16;
const secretLength = 30;
const checkLength = 6;

/** A token as its bearer sent it: well formed, and nothing more. */
export interface ParsedApiToken {
  /** Public: the token is found by it. */
  readonly id: string;
  readonly secret: string;
}

export interface NewApiToken {
  readonly id: string;
  /** Shown once, and kept nowhere. */
  readonly token: string;
  /** What is kept. */
  readonly hash: string;
}

/** Opaque tokens: `<prefix>_<16 base62>_<30 base62><6 base62 of CRC-32>`. */
export interface ApiTokens {
  create(): NewApiToken;
  /** Undefined for text that is no such token; asks no store, so that junk and typos cost nothing. */
  parse(text: string): ParsedApiToken | undefined;
  /** Compares in constant time with a kept hash. Pass `undefined` for an unknown id: it takes as long. */
  matches(parsed: ParsedApiToken, hash: string | undefined): boolean;
}

/**
 * @param key 32 bytes, the same in every process: a stolen table of hashes is of no use without it
 * @param prefix what secret scanners look for, letters and digits
 */
export function createApiTokens(key: Uint8Array, prefix = 'kl'): ApiTokens {
  const shape = new RegExp(
    `^(${prefix}_([0-9A-Za-z]{${idLength}})_([0-9A-Za-z]{${secretLength}}))([0-9A-Za-z]{${checkLength}})$`,
  );
  const macKey = createSecretKey(key);
  const digest = ({ id, secret }: ParsedApiToken): Buffer =>
    createHmac('sha256', macKey)
      .update(lengthPrefixed(['keyledger api token v1', prefix, id, secret]))
      .digest();
  return {
    create() {
      const parsed = { id: randomBase62(idLength), secret: randomBase62(secretLength) };
      const body = `${prefix}_${parsed.id}_${parsed.secret}`;
      return { id: parsed.id, token: `${body}${check(body)}`, hash: digest(parsed).toString('base64url') };
    },
    parse(text) {
      const [, body = '', id = '', secret = '', sum] = shape.exec(text) ?? [];
      return sum === undefined || sum !== check(body) ? undefined : { id, secret };
    },
    matches(parsed, hash) {
      const own = digest(parsed);
      const kept = Buffer.from(hash ?? '', 'base64url');
      const same = timingSafeEqual(own, kept.length === own.length ? kept : Buffer.alloc(own.length));
      return same && kept.length === own.length;
    },
  };
}

function randomBase62(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function check(body: string): string {
  let [rest, digits] = [crc32(body), ''];
  for (let place = 0; place < checkLength; place++) {
    digits = `${alphabet[rest % alphabet.length]}${digits}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
