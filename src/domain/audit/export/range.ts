import type { Frontier } from '../../../kernel/crypto/merkle.ts';
import { canonicalEntry, chainOrigin, chainStart } from '../../../kernel/proof/entry.ts';
import type { Row } from '../../../kernel/query.ts';
import { rawSql, type Sql, sql } from '../../../kernel/sql.ts';
import { entryFrom } from '../entry-rows.ts';
import type { ExportLine } from './proven.ts';

/** Entries read at once. */
const pageSize = 100;

/** The columns of the canonical entry; leaf and chain are read beside it. */
const columns = rawSql(
  [
    ...['tenant_id', 'event_id', 'type', 'stream', 'revision', 'position', 'at', 'actor_type', 'actor_id', 'operation'],
    ...['action', 'subject', 'request_id', 'correlation_id', 'causation_id', 'payload'],
  ].join(', '),
);

/** Which entries were asked for, by the time that stands in them. */
export interface ExportRange {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * First entry of a range, and the one behind its last. An export has no gaps: entries between the two are in it whatever their times
 * say, for without them the chain could not be followed.
 */
export function selectRange(tenant: string, size: number, { since, until }: ExportRange): Sql {
  const beside = sql`tenant_id = ${tenant} and index < ${size}`;
  const first = sql`select index from audit_entries where ${beside} and at >= ${since} order by index limit 1`;
  const last = sql`select index from audit_entries where ${beside} and at < ${until} order by index desc limit 1`;
  return sql`
    select ${since === undefined ? sql`0` : sql`(${first})`} as first,
      ${until === undefined ? sql`${size}::bigint - 1` : sql`(${last})`} as last`;
}

/** @param row of `selectRange`; a range without entries ends where it begins */
export function rangeFrom(row: Row | undefined, size: number): { readonly from: number; readonly end: number } {
  const from = row?.['first'] == null ? size : Number(row['first']);
  const end = row?.['last'] == null ? from : Number(row['last']) + 1;
  return { from, end: Math.max(from, end) };
}

/** The chain's value behind entry `from` - 1. */
export function selectChain(tenant: string, from: number): Sql {
  return sql`
    select chain from audit_entries where tenant_id = ${tenant} and index = ${from - 1}
    union all select chain from audit_pruned where tenant_id = ${tenant} and index = ${from - 1}`;
}

/** @param row of `selectChain` */
export function chainBefore(tenant: string, row: Row | undefined): Buffer {
  return (row?.['chain'] as Buffer | undefined) ?? chainStart(chainOrigin(tenant));
}

/** The full subtrees of the first `size` leaves, from a store of their roots. */
export function frontierAt(size: number, roots: (start: number, end: number) => Buffer): Frontier {
  const found: Buffer[] = [];
  let start = 0;
  for (let width = 2 ** Math.floor(Math.log2(Math.max(1, size))); start < size; width /= 2) {
    if (start + width > size) continue;
    found.push(roots(start, start + width));
    start += width;
  }
  return { size, roots: found };
}

/** Entries of a range a page at a time, so that a million of them are never in memory. */
export async function* pagesOf(
  read: (statement: Sql) => Promise<readonly Row[]>,
  tenant: string,
  { end, from }: { readonly from: number; readonly end: number },
): AsyncGenerator<readonly ExportLine[]> {
  for (let next = from; next < end; next += pageSize) {
    const page = sql`tenant_id = ${tenant} and index >= ${next} and index < ${Math.min(end, next + pageSize)}`;
    const rows = await read(sql`
      select line.index, line.leaf, line.chain, ${columns} from (
        select index, leaf, chain from audit_entries where ${page}
        union all select index, leaf, chain from audit_pruned where ${page}
      ) as line
      left join (select index, ${columns} from audit_entries where ${page}) as entry on entry.index = line.index
      order by line.index`);
    yield rows.map((row) => lineFrom(tenant, row));
  }
}

function lineFrom(tenant: string, row: Row): ExportLine {
  const hashes = { leaf: row['leaf'] as Buffer, chain: row['chain'] as Buffer };
  if (row['event_id'] === null) return { tenant, index: Number(row['index']), ...hashes };
  const entry = entryFrom(row);
  return { entry, canonical: canonicalEntry(entry), ...hashes };
}
