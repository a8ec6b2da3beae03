import type { Row } from '../../kernel/query.ts';
import { rawSql } from '../../kernel/sql.ts';
import type { Database, Run } from '../postgres/database.ts';
import { primaryKey } from './compare.ts';
import type { Replayed } from './replay.ts';
import { ident } from './tables.ts';

const pageSize = 500;

/** A row of a replayed table, by column. */
export interface Found {
  readonly table: string;
  readonly row: Row;
}

/** A row that two replays have differently. */
export interface Change {
  readonly table: string;
  /** Undefined where it was not there yet. */
  readonly before: Row | undefined;
  /** Undefined where it is gone. */
  readonly after: Row | undefined;
}

/** All rows of a replay, table by table in the order of their keys. */
export async function eachRow(
  owner: Database,
  { schema, tables }: Replayed,
  show: (found: Found) => Promise<void>,
): Promise<void> {
  for (const table of tables) {
    await inPages(
      owner,
      async (run) => {
        const key = await orderOf(run, schema, table);
        return `select to_jsonb(t) as row from ${ident(schema)}.${ident(table)} t order by ${key}`;
      },
      ({ row }) => show({ table, row: row as Row }),
    );
  }
}

/** What differs between two replays of one read model. */
export async function eachChange(
  owner: Database,
  [before, after]: readonly [Replayed, Replayed],
  show: (change: Change) => Promise<void>,
): Promise<void> {
  for (const table of before.tables) {
    await inPages(
      owner,
      async (run) => {
        const columns = await primaryKey(run, before.schema, table);
        const key = columns.length === 0 ? 't::text' : `(${columns.map(ident).join(', ')})::text`;
        const side = (schema: string): string =>
          `select ${key} as k, t::text as text, to_jsonb(t) as row from ${ident(schema)}.${ident(table)} t`;
        return `
        select b.row as before, a.row as after
        from (${side(before.schema)}) b full join (${side(after.schema)}) a on b.k = a.k
        where b.text is distinct from a.text order by coalesce(b.k, a.k) collate "C"`;
      },
      (row) =>
        show({
          table,
          before: (row['before'] ?? undefined) as Row | undefined,
          after: (row['after'] ?? undefined) as Row | undefined,
        }),
    );
  }
}

async function orderOf(run: Run, schema: string, table: string): Promise<string> {
  const key = await primaryKey(run, schema, table);
  return key.length === 0 ? 't::text collate "C"' : key.map(ident).join(', ');
}

/** Runs a statement and takes its rows a page at a time. */
async function inPages(
  owner: Database,
  statement: (run: Run) => Promise<string>,
  take: (row: Row) => Promise<void>,
): Promise<void> {
  await owner.transaction(async (run) => {
    await run(rawSql('set local statement_timeout = 0'));
    await run(rawSql(`declare pages no scroll cursor for ${await statement(run)}`));
    for (;;) {
      const rows = await run(rawSql(`fetch ${pageSize} from pages`));
      for (const row of rows) await take(row);
      if (rows.length < pageSize) break;
    }
    await run(rawSql('close pages'));
  });
}
