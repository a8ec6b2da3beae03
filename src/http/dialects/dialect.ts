import type { Issue } from '../../kernel/pipeline/answer.ts';

/** The five documents whose surface is served, each with its own way of writing answers. */
export const dialectNames = ['qnsp', 'certifyclouds', 'secret-broker', 'tenant-registry', 'zeriq'] as const;
export type DialectName = (typeof dialectNames)[number];

/** All that an error body may say; each dialect writes its part of it. */
export interface Failure {
  readonly status: number;
  /** The refusal's declared code, such as `KeyNotActive`. */
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly issues: readonly Issue[];
  readonly requiredTier: string | undefined;
  readonly requestId: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
}

export interface Dialect {
  readonly name: DialectName;
  /** Where a paged list says how to go on. */
  readonly cursorField: 'nextCursor' | 'next_cursor';
  /** The body of a success from the endpoint's answer. */
  success(body: unknown): unknown;
  /** The status of an error where the dialect's differs. */
  errorStatus(status: number): number;
  error(failure: Failure): Readonly<Record<string, unknown>>;
}

/** The machine-readable part that every dialect's error carries: the code, its facts, and the reasons by field. */
export function detailsOf(failure: Failure): Readonly<Record<string, unknown>> {
  const byField = failure.issues.map(({ path, message }) => [path === '' ? 'request' : path, message]);
  return {
    ...Object.fromEntries(byField),
    ...failure.facts,
    ...(failure.issues.length === 0 ? {} : { issues: failure.issues }),
    code: failure.code,
  };
}

/** A body with its cursor under the dialect's name; other bodies as they are. */
export function withSnakeCursor(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'nextCursor')) return body;
  const { nextCursor, ...rest } = body as { readonly nextCursor: unknown };
  return { ...rest, next_cursor: nextCursor };
}

/** `KeyNotActive` as `key_not_active`. */
export function snakeCase(code: string): string {
  return code.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
