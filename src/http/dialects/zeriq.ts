import { type Dialect, detailsOf, type Failure, snakeCase, withSnakeCursor } from './dialect.ts';

/** The document's names for codes of the pipeline; every other code is written in snake case. */
const documentedCodes: Readonly<Record<string, string>> = {
  Unauthenticated: 'unauthenticated',
  InvalidCredentials: 'unauthenticated',
  PermissionDenied: 'scope_denied',
  RateLimited: 'quota_exceeded',
};

/** `{data, meta}` and `{message, errors}`. A list's items become the data, and what stands beside them the meta. */
export const zeriq: Dialect = {
  name: 'zeriq',
  cursorField: 'next_cursor',
  success,
  errorStatus: (status) => status,
  error: (failure) => ({
    message: failure.message,
    errors: errorsOf(failure),
    code: documentedCodes[failure.code] ?? snakeCase(failure.code),
    ...(failure.status === 429 ? { quota: failure.facts } : {}),
    details: detailsOf(failure),
    requestId: failure.requestId,
  }),
};

function success(given: unknown): unknown {
  const body = withSnakeCursor(given);
  if (typeof body !== 'object' || body === null) return { data: body, meta: null };
  const { items, ...beside } = body as { readonly items?: unknown };
  return Array.isArray(items) ? { data: items, meta: beside } : { data: body, meta: null };
}

/** Reasons by field, each a list; null where no field is to blame. */
function errorsOf({ issues }: Failure): Readonly<Record<string, readonly string[]>> | null {
  if (issues.length === 0) return null;
  const errors = new Map<string, string[]>();
  for (const { path, message } of issues) {
    const field = path === '' ? 'request' : path;
    errors.set(field, [...(errors.get(field) ?? []), message]);
  }
  return Object.fromEntries(errors);
}
