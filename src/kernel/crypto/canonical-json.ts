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
  const text = canonicalText(value);
  if (text !== undefined) return text;
  // Paths are put together only where one has to be named.
  refuse(value, '$');
  return canonicalize(value) as string;
}

/** Of what JSON is made of alone; undefined for anything else, which may still have a canonical form. Most of what an event costs the audit. */
function canonicalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined;
  if (typeof value === 'number') return isPlain(value) ? String(value) : undefined;
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return arrayText(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? objectText(value as Readonly<Record<string, unknown>>)
    : undefined;
}

const isPlain = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

function arrayText(items: readonly unknown[]): string | undefined {
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    const item = canonicalText(items[index]);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function objectText(object: Readonly<Record<string, unknown>>): string | undefined {
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const member = canonicalText(object[key]);
    if (member === undefined || !key.isWellFormed()) return undefined;
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${member}`;
  }
  return `${text}}`;
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
