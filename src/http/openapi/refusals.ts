import type { AnyEndpoint } from '../../kernel/pipeline/answer.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { errorName } from './errors.ts';
import type { Json } from './schemas.ts';

/** Codes by status, of the endpoint and of the pipeline around it. */
export function refusalsOf(endpoint: AnyEndpoint, hasBody: boolean): ReadonlyMap<number, readonly string[]> {
  const codes = new Map<number, string[]>();
  const add = (status: number, ...more: readonly string[]): void => {
    codes.set(status, [...(codes.get(status) ?? []), ...more]);
  };
  for (const [code, status] of Object.entries(endpoint.rejections ?? {})) add(status, code);
  add(400, 'InvalidInput', 'InvalidHeader');
  add(401, endpoint.controls.permission === 'public' ? 'InvalidCredentials' : 'Unauthenticated');
  add(429, 'RateLimited');
  add(500, 'InternalError');
  add(503, 'StoreUnavailable');
  if (hasBody) {
    add(400, 'InvalidBody');
    add(413, 'BodyTooLarge');
    add(415, 'UnsupportedMediaType');
  }
  for (const [status, code] of [...gateRefusals(endpoint), ...kindRefusals(endpoint)]) add(status, code);
  return new Map([...codes].sort(([a], [b]) => a - b));
}

type Refusals = readonly (readonly [number, string])[];

function gateRefusals({ controls }: AnyEndpoint): Refusals {
  const { entitlement, permission, platformOnly, quota } = controls;
  const open = permission === 'public' || permission === 'authenticated';
  return [
    ...(open && platformOnly !== true ? [] : ([[403, 'PermissionDenied']] as const)),
    ...(entitlement === undefined ? [] : ([[402, 'NotEntitled']] as const)),
    ...(quota === undefined ? [] : ([[429, 'QuotaExceeded']] as const)),
  ];
}

function kindRefusals(endpoint: AnyEndpoint): Refusals {
  if (endpoint.kind === 'query') {
    return [[503, 'NotYetVisible'], ...(endpoint.page === undefined ? [] : ([[400, 'InvalidCursor']] as const))];
  }
  if (endpoint.kind === 'operation') return [];
  const once = endpoint.revealsOnce === true ? ([[409, 'AlreadyRevealed']] as const) : [];
  return [[409, 'Conflict'], [422, 'IdempotencyKeyReused'], ...once];
}

/** The responses of all refusals, by the status the dialect gives them. */
export function refusalResponses(endpoint: AnyEndpoint, dialect: Dialect, hasBody: boolean): Json {
  const byStatus = new Map<number, string[]>();
  for (const [status, codes] of refusalsOf(endpoint, hasBody)) {
    const shown = dialect.errorStatus(status);
    byStatus.set(shown, [...(byStatus.get(shown) ?? []), ...codes]);
  }
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([status, codes]) => [String(status), refusalResponse(dialect, status, codes)]));
}

const headersAt: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
  503: ['Retry-After'],
};

function refusalResponse(dialect: Dialect, status: number, codes: readonly string[]): Json {
  const unique = [...new Set(codes)].sort();
  return {
    description: unique.join(', '),
    headers: headerReferences(['X-Request-Id', ...(headersAt[status] ?? [])]),
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${errorName(dialect.name)}` } } },
    'x-keyledger-codes': unique,
  };
}

export function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
