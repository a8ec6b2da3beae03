import { z } from 'zod';
import type { AnyQuery, Paging, Row } from '../query.ts';
import { rawSql, type Sql, sql } from '../sql.ts';

/** Cursors are bound to tenant, principal and filter; a forged or foreign one decodes to undefined. */
export interface CursorCodec {
  encode(binding: readonly string[], key: readonly unknown[]): string;
  decode(binding: readonly string[], cursor: string): readonly unknown[] | undefined;
  /** The same for a whole number below 2^33, as an integer below 2^53; it takes a million guesses to forge one. */
  encodeInteger(binding: readonly string[], key: number): number;
  decodeInteger(binding: readonly string[], cursor: number): number | undefined;
}

/** Also as text of decimal digits, as query strings have it, and nothing else that could be read as a number: no blank, no hexadecimal. */
function whole(min: number, max: number): z.ZodType<number> {
  const error = `is a whole number from ${min} to ${max}`;
  const digits = (value: unknown): unknown =>
    typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return z.preprocess(digits, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** The parameters every paged list takes beside its own. */
function pageParameters(page: Paging): {
  limit: z.ZodDefault<z.ZodType<number>>;
  offset: z.ZodDefault<z.ZodType<number>>;
  cursor: z.ZodOptional<z.ZodType<string | number>>;
} {
  return {
    limit: whole(1, page.maxLimit).default(page.defaultLimit),
    offset: whole(0, 100_000).default(0),
    cursor: (page.cursor === 'integer' ? whole(0, Number.MAX_SAFE_INTEGER) : z.string().max(2_048)).optional(),
  };
}

const schemas = new WeakMap<Paging, z.ZodType>();

/** The schema of those parameters, made once a list: making one costs more than all the rest of a read. */
export function pageSchema(page: Paging): z.ZodType {
  const known = schemas.get(page);
  if (known !== undefined) return known;
  const made = z.strictObject(pageParameters(page));
  schemas.set(page, made);
  return made;
}

export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
  readonly cursor?: string | number | undefined;
}

/** Splits a paged query's raw input into the page's own parameters and the rest. */
export function splitPage(raw: unknown): { readonly page: unknown; readonly rest: unknown } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return { page: {}, rest: raw };
  const { limit, offset, cursor, ...rest } = raw as Record<string, unknown>;
  return {
    page: {
      ...(limit === undefined ? {} : { limit }),
      ...(offset === undefined ? {} : { offset }),
      ...(cursor === undefined ? {} : { cursor }),
    },
    rest,
  };
}

/** The statement of one page: keyset where a cursor is given, one row more than asked to see whether more follow. */
export function pageSql(base: Sql, page: Paging, request: PageRequest, after: readonly unknown[] | undefined): Sql {
  const columns = rawSql(page.by.join(', '));
  const order = rawSql(page.by.map((column) => `${column} ${page.direction}`).join(', '));
  const keyset = after === undefined ? sql`true` : beyond(page, columns, after);
  return sql`select * from (${base}) as listed where ${keyset} order by ${order} limit ${request.limit + 1} offset ${after === undefined ? request.offset : 0}`;
}

function beyond(page: Paging, columns: Sql, after: readonly unknown[]): Sql {
  const values = after.map((value) => sql`${value as string | number}`).reduce((left, right) => sql`${left}, ${right}`);
  return sql`(${columns}) ${rawSql(page.direction === 'asc' ? '>' : '<')} (${values})`;
}

/** The rows of a page and the key its cursor continues from, where more follow. */
export function cutPage(
  rows: readonly Row[],
  page: Paging,
  limit: number,
): { readonly rows: readonly Row[]; readonly last: readonly unknown[] | undefined } {
  if (rows.length <= limit) return { rows, last: undefined };
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { rows: kept, last: page.by.map((column) => keyValue(last?.[column])) };
}

function keyValue(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? value.toString() : value;
}

/** What a cursor is good for: this tenant, this caller, this list with these filters. */
export function cursorBinding(query: AnyQuery, tenant: string, actor: string, input: unknown): readonly string[] {
  return [tenant, actor, query.name, JSON.stringify(input)];
}

/** The key a cursor continues from; undefined for one that was not given out for this. */
export function openCursor(
  codec: CursorCodec,
  binding: readonly string[],
  cursor: string | number,
): readonly unknown[] | undefined {
  if (typeof cursor === 'string') return codec.decode(binding, cursor);
  const key = codec.decodeInteger(binding, cursor);
  return key === undefined ? undefined : [key];
}

/** The cursor that continues behind a key. */
export function makeCursor(
  codec: CursorCodec,
  { cursor }: Paging,
  binding: readonly string[],
  key: readonly unknown[],
): string | number {
  return cursor === 'integer' ? codec.encodeInteger(binding, Number(key[0])) : codec.encode(binding, key);
}
