import type { Document, Schema } from './document.ts';
import { type FuzzRequest, isHeaderValue } from './request.ts';
import type { Check } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Beyond this size a whole oversized request costs more than it shows. */
const largestPadded = 4 * 1024 * 1024;

interface Wrong {
  readonly what: string;
  readonly value: unknown;
}

/** Every request that differs from a valid one by a single mutation which its document refuses. */
export function mutations(request: FuzzRequest, document: Document, check: Check): readonly FuzzRequest[] {
  return [...ofParameters(request, document, check), ...ofBody(request, document, check), ...ofPayload(request)];
}

function ofParameters(request: FuzzRequest, document: Document, check: Check): readonly FuzzRequest[] {
  const { operation } = request;
  const changed = operation.parameters.flatMap(({ in: place, name, schema }) => {
    const part = place === 'header' ? 'headers' : place;
    return wrongTexts(document.resolve(schema), check)
      .filter(({ value }) => sendable(place, String(value)))
      .map(({ value, what }) => with_(request, part, { ...request[part], [name]: value }, `${place} ${name}: ${what}`));
  });
  const missing = operation.parameters
    .filter(({ in: place, required }) => place === 'query' && required)
    .map(({ name }) => with_(request, 'query', without(request.query, name), `query ${name}: missing`));
  const extra = with_(request, 'query', { ...request.query, notAField: '1' }, 'query notAField: not known');
  return [...changed, ...missing, extra];
}

/** An empty segment is another path, and a header's value is visible ASCII. */
function sendable(place: string, text: string): boolean {
  if (place === 'path') return text !== '' && !text.includes('\0');
  return place !== 'header' || isHeaderValue(text);
}

/** Wrong values that still are wrong when they are sent as text. */
function wrongTexts(schema: Schema, check: Check): readonly Wrong[] {
  const isText = (part: Schema): boolean => part['type'] === 'string' || 'const' in part;
  const branches = (schema['anyOf'] as readonly Schema[] | undefined) ?? [schema];
  if (branches.some((branch) => !isText(branch) && branch['type'] !== 'integer')) return [];
  return [...wrongValues(schema, check), { what: 'no number', value: 'a1' }].filter(({ value }) => {
    const text = String(value);
    if (typeof value === 'object' || typeof value === 'boolean') return false;
    if (isText(schema) || branches.length > 1) return check(schema, text) !== undefined;
    return text.trim() === '' || check(schema, Number(text)) !== undefined;
  });
}

function ofBody(request: FuzzRequest, document: Document, check: Check): readonly FuzzRequest[] {
  const { operation } = request;
  if (operation.body === undefined) return [];
  return wrongWithin(document.resolve(operation.body.schema), request.body, document, check).map(({ value, what }) =>
    with_(request, 'body', value, `body${what}`),
  );
}

/** A value made wrong in one place, wherever in it that is. */
function wrongWithin(schema: Schema, value: unknown, document: Document, check: Check): readonly Wrong[] {
  if (schema['type'] !== 'object' || typeof value !== 'object' || value === null) return [];
  const fields = value as Fields;
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const replaced = (name: string, what: string, wrong: unknown): Wrong => ({
    what: `.${name}${what}`,
    value: { ...fields, [name]: wrong },
  });
  const changed = Object.entries(properties).flatMap(([name, part]) => {
    const own = document.resolve(part);
    const deeper = name in fields ? wrongWithin(own, fields[name], document, check) : [];
    return [
      ...wrongValues(own, check).map((wrong) => replaced(name, `: ${wrong.what}`, wrong.value)),
      ...deeper.map((wrong) => replaced(name, wrong.what, wrong.value)),
    ];
  });
  const missing = required.map((name) => ({ what: `.${name}: missing`, value: without(fields, name) }));
  const extra = schema['additionalProperties'] === false ? [replaced('notAField', ': not known', 1)] : [];
  return [...changed, ...missing, ...extra];
}

/** Values of another type, out of range, too long or short, not of the pattern: those of them that the schema refuses. */
function wrongValues(schema: Schema, check: Check): readonly Wrong[] {
  const { maxItems, maxLength, maximum, minItems, minLength, minimum } = schema as Readonly<Record<string, number>>;
  const sized: readonly Wrong[] = [
    ...(maximum === undefined ? [] : [{ what: 'above the maximum', value: maximum + 1 }]),
    ...(minimum === undefined ? [] : [{ what: 'below the minimum', value: minimum - 1 }]),
    ...(maxLength === undefined ? [] : [{ what: 'too long', value: 'm'.repeat(maxLength + 1) }]),
    ...(minLength === undefined || minLength < 1 ? [] : [{ what: 'too short', value: 'm'.repeat(minLength - 1) }]),
    ...(maxItems === undefined ? [] : [{ what: 'too many', value: Array.from({ length: maxItems + 1 }, () => 'm') }]),
    ...(minItems === undefined || minItems < 1 ? [] : [{ what: 'too few', value: [] }]),
  ];
  const typed = [null, true, 1, 1.5, 'text', [], {}].map((value) => ({ what: `is ${JSON.stringify(value)}`, value }));
  const worded = ['', ' ', 'ä€𝄞', '../..', "'; drop table", 'x'.repeat(300)].map((value) => ({
    what: 'not of the pattern',
    value,
  }));
  return [...sized, ...typed, ...worded].filter(({ value }) => check(schema, value) !== undefined);
}

/** What is wrong with the body as it travels. */
function ofPayload(request: FuzzRequest): readonly FuzzRequest[] {
  const { operation } = request;
  if (operation.body === undefined || request.body === undefined) return [];
  const text = JSON.stringify(request.body);
  const raw = (mutation: string, sent: string): FuzzRequest => ({ ...request, raw: sent, mutation });
  const padded = operation.body.maxBytes + 1;
  return [
    raw('body: cut short', text.slice(0, -1)),
    raw('body: text after its end', `${text}}`),
    raw('body: a list', `[${text}]`),
    raw('body: not JSON', 'a=1&b=2'),
    { ...request, headers: { ...request.headers, 'content-type': 'text/plain' }, mutation: 'content type: text/plain' },
    ...(padded > largestPadded ? [] : [raw('body: too large', text.padEnd(padded, ' '))]),
  ];
}

function with_(request: FuzzRequest, part: keyof FuzzRequest, value: unknown, mutation: string): FuzzRequest {
  return { ...request, [part]: value, mutation };
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
}
