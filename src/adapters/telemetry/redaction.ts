/** What stands in a log line where a secret would have stood. */
export const redacted = '[redacted]';

const secretWords = new Set(
  (
    'password passwords passphrase passphrases value values plaintext secret secrets token tokens jwt authorization cookie ' +
    'cookies credential credentials pem pin otp dek kek mnemonic'
  ).split(' '),
);
const secretPairs = new Set(
  ['private key', 'secret key', 'api key', 'root key', 'access key', 'data key', 'signing key', 'session id'].flatMap(
    (pair) => [pair, `${pair}s`, pair.replace(' ', '')],
  ),
);

/** The line's own fields. */
const reserved = new Set(['level', 'time', 'msg']);

const maxDepth = 6;
const maxItems = 100;
const maxText = 8_192;

/** Whether a field's name says that its value is a secret: by its last word, so that `secretId` may be logged and `agentSecret` not. */
export function isSecretName(name: string): boolean {
  const words = name
    .slice(0, 200)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase()
    .split(' ');
  const last = words.at(-1) ?? '';
  return secretWords.has(last) || secretPairs.has(last) || secretPairs.has(words.slice(-2).join(' '));
}

/** Text without the credentials that URLs and headers carry, cut at 8,192 characters. */
export function scrubText(text: string): string {
  const kept = text.length > maxText ? `${text.slice(0, maxText)}…` : text;
  return kept
    .replaceAll(/\/\/[^\s/@]{1,500}@/g, `//${redacted}@`)
    .replaceAll(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${redacted}`);
}

/** A copy of the facts that is safe to write: secrets by name, bytes and credentials in text are gone; depth and breadth are bounded. */
export function scrubFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(scrubRecord(facts, 0)).map(([name, value]) => [reserved.has(name) ? `${name}_` : name, value]),
  );
}

function scrubRecord(record: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(record).slice(0, maxItems);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isSecretName(name) ? redacted : scrub(value, depth + 1)]),
  );
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  return typeof value === 'object' && value !== null ? scrubObject(value, depth) : value;
}

function scrubObject(value: object, depth: number): unknown {
  if (depth > maxDepth) return '[deep]';
  if (value instanceof Error) return scrubError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => scrub(item, depth + 1));
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return scrub(toJSON.call(value), depth + 1);
  return scrubRecord(value, depth);
}

function scrubError(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    message: scrubText(error.message),
    stack: scrubText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: scrub(error.cause, depth + 1) }),
    ...scrubRecord(error, depth),
  };
}
