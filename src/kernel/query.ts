import type { z } from 'zod';
import type { Context, EndpointBase, QueryControls } from './endpoint.ts';
import type { Rejection, Rejections } from './rejection.ts';
import type { Sql } from './sql.ts';

/** A row as Postgres gives it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Paging of a list: the columns that order it (together unique), the direction, and the limits. The input gains `limit`,
 * `offset` and `cursor`; the output gains `nextCursor` where more rows follow.
 */
export interface Paging {
  readonly by: readonly string[];
  readonly direction: 'asc' | 'desc';
  readonly defaultLimit: number;
  readonly maxLimit: number;
  /** `integer`: ordered by one column of whole numbers below 2^33, the cursor is an integer too, as a document may have it. */
  readonly cursor?: 'text' | 'integer';
  /** The output gains `total`: how many rows all pages have. It is counted anew for each page. */
  readonly total?: boolean;
}

export interface QueryDefinition<I extends z.ZodType, O extends z.ZodType, R extends Rejections>
  extends EndpointBase<I, O, R> {
  readonly controls: QueryControls<z.output<I>>;
  /** The read models it reads, for waiting on a position. */
  readonly reads: string | readonly string[];
  readonly page?: Paging;
  /**
   * Whose rows are read; the caller's own where absent or undefined. Another tenant's are for the platform's callers alone, and refused
   * to all others with `TenantMismatch` (403).
   */
  readonly tenant?: (input: z.output<I>) => string | undefined;
  /** Of a paged list below something: asked where a page is empty, to tell an empty list from a thing that does not exist. */
  readonly parent?: {
    readonly run: (input: z.output<I>, context: Context) => Sql;
    /** Refused with this where `run` finds no row. */
    readonly missing: (input: z.output<I>) => Rejection<keyof R & string>;
  };
  /** Row-level security adds the tenant; state it all the same. */
  readonly run: (input: z.output<I>, context: Context) => Sql;
  /** The answer from the rows. */
  readonly respond: (
    rows: readonly Row[],
    input: z.output<I>,
    context: Context,
  ) => z.input<O> | Rejection<keyof R & string>;
}

export type Query<I extends z.ZodType, O extends z.ZodType, R extends Rejections> = QueryDefinition<I, O, R> & {
  readonly kind: 'query';
};

/** A query of unknown types, as the pipeline handles it. */
export interface AnyQuery extends EndpointBase<z.ZodType, z.ZodType, Rejections> {
  readonly kind: 'query';
  readonly controls: QueryControls<never>;
  readonly reads: string | readonly string[];
  readonly page?: Paging;
  tenant?(input: unknown): string | undefined;
  readonly parent?: { run(input: unknown, context: Context): Sql; missing(input: unknown): Rejection };
  run(input: unknown, context: Context): Sql;
  respond(rows: readonly Row[], input: unknown, context: Context): unknown;
}

/** Declares a read endpoint over Postgres read models. */
export function query<I extends z.ZodType, O extends z.ZodType, const R extends Rejections>(
  definition: QueryDefinition<I, O, R>,
): Query<I, O, R> {
  return { kind: 'query', ...definition };
}
