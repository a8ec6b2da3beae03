import { joinSql, rawSql, type Sql, type SqlValue, sql } from '../../kernel/sql.ts';

/** A table's columns with the types that arrays of their values are cast to. */
export type Columns = Readonly<Record<string, 'text' | 'uuid' | 'int' | 'smallint' | 'bigint' | 'bytea'>>;

/** Inserts many rows with one statement, an array a column. */
export function insertRows<C extends Columns>(
  table: string,
  columns: C,
  rows: readonly Readonly<Record<keyof C, string | number | Buffer | null>>[],
): Sql {
  const names = Object.keys(columns);
  const arrays = names.map(
    (name) => sql`${rows.map((row) => row[name]) as SqlValue}::${rawSql(columns[name] ?? '')}[]`,
  );
  return sql`
    insert into ${rawSql(`${table} (${names.join(', ')})`)}
    select * from unnest(${joinSql(arrays, ', ')})`;
}

/** The same, where a tenant has one row: it takes the place of the one before. */
export function replaceRows<C extends Columns>(
  table: string,
  columns: C,
  rows: readonly Readonly<Record<keyof C, string | number | Buffer | null>>[],
): Sql {
  const changes = Object.keys(columns).map((name) => `${name} = excluded.${name}`);
  return sql`${insertRows(table, columns, rows)} on conflict (tenant_id) do update set ${rawSql(changes.join(', '))}`;
}
