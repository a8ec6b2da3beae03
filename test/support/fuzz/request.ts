import fc, { type Arbitrary } from 'fast-check';
import type { Values } from './arbitrary.ts';
import type { Operation, Parameter } from './document.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One request of an operation, by the parts a mutation may reach. */
export interface FuzzRequest {
  readonly operation: Operation;
  readonly path: Fields;
  readonly query: Fields;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: none is sent. */
  readonly body: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string;
  /** What was made wrong; undefined for a request that is valid by the document. */
  readonly mutation?: string;
}

/** Requests that the document accepts. */
export function validRequests(operation: Operation, values: Values): Arbitrary<FuzzRequest> {
  const of = (place: Parameter['in']): Arbitrary<Fields> => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place);
    const members = parameters.map((parameter) => [parameter.name, valuesOf(values, parameter)] as const);
    const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
    return fc.record(Object.fromEntries(members), { requiredKeys, noNullPrototype: true });
  };
  const body = operation.body;
  const bodies = body === undefined ? fc.constant(undefined) : values.of(body.schema);
  return (
    fc
      .record({ path: of('path'), query: of('query'), headers: of('header'), body: bodies })
      .filter(({ path }) => Object.values(path).every((value) => isName(String(value))))
      // The tenant that asks stays as it is: its plan is what lets all the others through.
      .filter(({ path }) => operation.method === 'GET' || path['tenantId'] !== 'platform')
      .map((parts) => ({ operation, ...parts, headers: parts.headers as Readonly<Record<string, string>> }))
  );
}

/** A reader would wait for a position that is far ahead; and a header's value is visible ASCII. */
function valuesOf(values: Values, { in: place, name, schema }: Parameter): Arbitrary<unknown> {
  if (name === 'X-Wait-For-Position') return fc.constantFrom('0', '1', '007');
  const made = values.of(schema, name);
  return place === 'header' ? made.filter((value) => isHeaderValue(String(value))) : made;
}

/** Whether HTTP carries a header's value as it is (RFC 9110 §5.5). */
export function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** The segments `.` and `..` climb; no endpoint ever sees them. */
function isName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..';
}

/** The request's target: path and query string. */
export function targetOf({ operation, path, query }: FuzzRequest): string {
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => [name, String(item)] as [string, string]),
  );
  return pairs.length === 0 ? filled : `${filled}?${new URLSearchParams(pairs).toString()}`;
}

/** The request's body as it is sent. */
export function payloadOf({ body, raw }: FuzzRequest): string | undefined {
  return raw ?? (body === undefined ? undefined : JSON.stringify(body));
}

/** The request as a person can repeat it, without a credential. */
export function shown(request: FuzzRequest): string {
  const payload = payloadOf(request);
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  const long = payload !== undefined && payload.length > 2_000;
  const text = long ? `${payload.slice(0, 200)}… (${payload.length} characters)` : payload;
  return [
    `${request.operation.method} ${targetOf(request)}`,
    ...headers,
    ...(text === undefined ? [] : ['', text]),
    `(${request.mutation ?? 'valid by its schema'})`,
  ].join('\n    ');
}
