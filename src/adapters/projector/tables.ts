import type { Projection } from '../../kernel/projection.ts';
import { rawSql, sql } from '../../kernel/sql.ts';
import type { Run } from '../postgres/database.ts';

/** Where the live tables are. */
export const liveSchema = 'read_models';

/** A name as an identifier in SQL's text. */
export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Unqualified names mean this schema, until the transaction ends. */
export async function useSchema(run: Run, schema: string): Promise<void> {
  await run(sql`select set_config('search_path', ${ident(schema)}, true)`);
}

/**
 * Makes the schema and the projection's tables in it, closed by row-level security: the app role may select a tenant's rows, the owner
 * everything.
 *
 * @returns the tables' names
 * @throws {TypeError} the declaration makes no table, or one without `tenant_id text not null`
 */
export async function makeTables(
  run: Run,
  projection: Projection,
  { schema, appRole }: { readonly schema: string; readonly appRole: string },
): Promise<readonly string[]> {
  await run(rawSql(`create schema ${ident(schema)}`));
  await useSchema(run, schema);
  await run(rawSql(projection.table));
  const made = await run(sql`
    select c.relname as name, exists (
      select from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull and a.atttypid = 'text'::regtype
    ) as tenanted
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind in ('r', 'p') order by c.relname`);
  if (made.length === 0) throw new TypeError(`${projection.name}: \`table\` makes no table.`);
  for (const { name, tenanted } of made) {
    if (tenanted !== true)
      throw new TypeError(`${projection.name}: the table ${name} needs a column \`tenant_id text not null\`.`);
    await run(rawSql(closing(String(name), ident(appRole))));
  }
  return made.map(({ name }) => String(name));
}

function closing(table: string, app: string): string {
  const name = ident(table);
  return `
    alter table ${name} enable row level security;
    alter table ${name} force row level security;
    create policy tenant on ${name} for select to ${app} using (tenant_id = current_setting('keyledger.tenant', true));
    create policy owner on ${name} for all to current_user using (true) with check (true);
    revoke all on ${name} from public;
    grant select on ${name} to ${app};
  `;
}

/** Moves tables, with their indexes, into the schema that reads use, and drops the schema they were built in. */
export async function publishTables(run: Run, schema: string, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await run(rawSql(`alter table ${ident(schema)}.${ident(table)} set schema ${liveSchema}`));
  }
  // Fails where the declaration made something that did not move along, such as a type.
  await run(rawSql(`drop schema ${ident(schema)} restrict`));
}

/** Drops a table set: its schema, or the live tables alone. */
export async function dropTables(run: Run, schema: string, tables: readonly string[]): Promise<void> {
  if (schema !== liveSchema) await run(rawSql(`drop schema if exists ${ident(schema)} cascade`));
  else for (const table of tables) await run(rawSql(`drop table if exists ${liveSchema}.${ident(table)}`));
}
