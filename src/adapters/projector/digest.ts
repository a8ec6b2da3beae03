import { rawSql } from '../../kernel/sql.ts';
import type { Database } from '../postgres/database.ts';
import type { Pair } from './compare.ts';
import { ident } from './tables.ts';

/** One tenant's rows in one table: SHA-256, in hexadecimal, over the SHA-256 of each row's text, in the order of the texts. */
export interface TenantDigest {
  readonly table: string;
  readonly tenant: string;
  /** `none` where the tenant has no row. */
  readonly live: string;
  readonly replayed: string;
}

/** Digests of both sides, for every tenant that either has. */
export async function digestTables(
  database: Database,
  schema: string,
  pairs: readonly Pair[],
): Promise<readonly TenantDigest[]> {
  const digests: TenantDigest[] = [];
  for (const { live, replayed, table } of pairs) {
    const of = (name: string): string => `
      select tenant_id, encode(sha256(string_agg(sha256(convert_to(t::text, 'UTF8')), ''::bytea order by t::text collate "C")), 'hex') as digest
      from ${ident(schema)}.${ident(name)} t group by tenant_id`;
    const rows = await database.transaction(async (run) => {
      await run(rawSql('set local statement_timeout = 0'));
      return run(
        rawSql(`
          select tenant_id as tenant, coalesce(l.digest, 'none') as live, coalesce(r.digest, 'none') as replayed
          from (${of(live)}) l full join (${of(replayed)}) r using (tenant_id) order by tenant_id`),
      );
    });
    for (const row of rows) digests.push({ table, ...(row as Omit<TenantDigest, 'table'>) });
  }
  return digests;
}
