import canonicalize from 'canonicalize';

/** A value that has no canonical form; the message names where. */
export class NotCanonical extends TypeError {
  override readonly name = 'NotCanonical';
}

/**
 * The canonical JSON text of a value (RFC 8785).
 *
 * @throws {NotCanonical} undefined, functions, non-finite numbers, integers beyond 2^53 (write them as strings), lone surrogates
 */
export function canonicalJson(value: unknown): string {
  // Paths are put together only where one has to be named.
  if (!isCanonical(value)) refuse(value, '$');
  return canonicalize(value) as string;
}

function isCanonical(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object') return typeof value === 'boolean';
  if (value === null) return true;
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isCanonical(item));
}

function refuse(value: unknown, path: string): void {
  if (typeof value === 'string') {
    refuseText(value, path);
    return;
  }
  if (typeof value === 'number') {
    refuseNumber(value, path);
    return;
  }
  if (value === null || typeof value === 'boolean') return;
  if (typeof value !== 'object') throw new NotCanonical(`${path} is ${typeof value}, which JSON has not`);
  for (const [key, item] of Object.entries(value)) {
    refuseText(key, `a key of ${path}`);
    refuse(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
  }
}

function refuseText(text: string, path: string): void {
  if (!text.isWellFormed()) throw new NotCanonical(`${path} has a lone surrogate`);
}

function refuseNumber(value: number, path: string): void {
  if (!Number.isFinite(value)) throw new NotCanonical(`${path} is not a finite number`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new NotCanonical(`${path} is beyond 2^53; write it as a string`);
  }
}
