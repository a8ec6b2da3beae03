import type { Row } from '../../kernel/query.ts';
import { rawSql, sql } from '../../kernel/sql.ts';
import type { Database, Run } from '../postgres/database.ts';
import { ident } from './tables.ts';

/** A row that is not the same on both sides. */
export interface Difference {
  readonly table: string;
  /** The row's primary key, by column; the whole row where the table has none. */
  readonly key: Readonly<Record<string, unknown>>;
  /** The row as the live table has it, by column; undefined where it has none. */
  readonly live: Row | undefined;
  readonly replayed: Row | undefined;
}

export interface Comparison {
  readonly rows: number;
  readonly differences: number;
  readonly first: Difference | undefined;
}

/** One table under its two names in the same schema. */
export interface Pair {
  readonly table: string;
  readonly live: string;
  readonly replayed: string;
}

/** Compares the text of every row, so that values which are merely equal, such as 1.0 and 1.00, count as different. */
export async function compareTables(database: Database, schema: string, pairs: readonly Pair[]): Promise<Comparison> {
  let rows = 0;
  let differences = 0;
  let first: Difference | undefined;
  for (const pair of pairs) {
    const compared = await database.transaction(async (run) => {
      await run(rawSql('set local statement_timeout = 0'));
      return comparePair(run, schema, pair);
    });
    rows += compared.rows;
    differences += compared.differences;
    first ??= compared.first;
  }
  return { rows, differences, first };
}

async function comparePair(run: Run, schema: string, pair: Pair): Promise<Comparison> {
  const live = `${ident(schema)}.${ident(pair.live)}`;
  const replayed = `${ident(schema)}.${ident(pair.replayed)}`;
  const key = await primaryKey(run, schema, pair.replayed);
  const [counted] = await run(rawSql(`select count(*)::int as rows from ${live}`));
  const side = (table: string): string =>
    key.length === 0
      ? `select t::text as k, t::text as text, to_jsonb(t) as row, row_number() over (partition by t::text) as n from ${table} t`
      : `select (${key.map((column) => `${ident(column)}`).join(', ')})::text as k, t::text as text, to_jsonb(t) as row, 1 as n from ${table} t`;
  const found = await run(
    rawSql(`
      select l.row as live, r.row as replayed, count(*) over ()::int as differences
      from (${side(live)}) l full join (${side(replayed)}) r on l.k = r.k and l.n = r.n
      where l.text is distinct from r.text order by coalesce(l.k, r.k) collate "C" limit 1`),
  );
  const [row] = found;
  const rows = Number(counted?.['rows'] ?? 0);
  if (row === undefined) return { rows, differences: 0, first: undefined };
  return { rows, differences: Number(row['differences']), first: differenceOf(pair.table, key, row) };
}

function differenceOf(table: string, key: readonly string[], found: Row): Difference {
  const live = (found['live'] ?? undefined) as Row | undefined;
  const replayed = (found['replayed'] ?? undefined) as Row | undefined;
  const either = live ?? replayed ?? {};
  const columns = key.length === 0 ? Object.keys(either) : key;
  return { table, key: Object.fromEntries(columns.map((column) => [column, either[column]])), live, replayed };
}

/** Columns of a table's primary key, in their order. */
export async function primaryKey(run: Run, schema: string, table: string): Promise<readonly string[]> {
  const rows = await run(sql`
    select a.attname as name
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    where n.nspname = ${schema} and c.relname = ${table} and i.indisprimary
    order by array_position(i.indkey::int2[], a.attnum)`);
  return rows.map(({ name }) => String(name));
}
