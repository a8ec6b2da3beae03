import { streamName } from '../../../kernel/codec.ts';
import { unpackLeaves } from '../../../kernel/proof/kept-leaves.ts';
import type { Row } from '../../../kernel/query.ts';
import { Request } from '../../../kernel/request.ts';
import { type Sql, sql } from '../../../kernel/sql.ts';
import { insertRows } from '../columns.ts';
import type { IndexRange } from './retention-run.ts';

/** An entry whose fact has left the log, at its place among those that have not. */
export interface KeptEntry {
  readonly tenant: string;
  readonly index: number;
  readonly position: bigint;
  readonly leaf: Buffer;
  readonly stream: string;
  readonly revision: number;
}

/**
 * The tables of what is left of entries. `audit_pruned`: their place, leaf and link; and of facts about requests, their stream and
 * revision, which say when all of a stream may go. `audit_kept_leaves`: leaves the log tells of ahead of their place, until that is reached.
 */
export const prunedTables = `
  create table audit_pruned (
    tenant_id text collate "C" not null,
    index bigint not null,
    position bigint not null,
    leaf bytea not null,
    chain bytea not null,
    stream text collate "C",
    revision bigint,
    primary key (tenant_id, index)
  );
  create index audit_pruned_stream on audit_pruned (tenant_id, stream, revision) where stream is not null;
  create table audit_kept_leaves (
    tenant_id text collate "C" not null,
    position bigint not null,
    index bigint not null,
    leaf bytea not null,
    stream text collate "C" not null,
    revision bigint not null,
    primary key (tenant_id, position)
  );`;

const prunedColumns = {
  tenant_id: 'text',
  index: 'bigint',
  position: 'bigint',
  leaf: 'bytea',
  chain: 'bytea',
  stream: 'text',
  revision: 'bigint',
} as const;

/** Writes entries of which nothing but leaf and link is known any more. */
export function insertPruned(entries: readonly { readonly kept: KeptEntry; readonly chain: Buffer }[]): Sql {
  return insertRows(
    'audit_pruned',
    prunedColumns,
    entries.map(({ chain, kept }) => ({
      tenant_id: kept.tenant,
      index: kept.index,
      position: String(kept.position),
      leaf: kept.leaf,
      chain,
      stream: kept.stream,
      revision: kept.revision,
    })),
  );
}

/** Takes what the entries of these indexes tell; leaf and link stay. */
export function pruneEntries(tenant: string, ranges: readonly IndexRange[]): Sql {
  const requests = `${Request.name}-`;
  return sql`
    with gone as (
      delete from audit_entries as entry
      using unnest(${ranges.map(({ first }) => first)}::bigint[], ${ranges.map(({ last }) => last)}::bigint[])
        as range (first, last)
      where tenant_id = ${tenant} and index between first and last
      returning entry.*
    )
    insert into audit_pruned (tenant_id, index, position, leaf, chain, stream, revision)
    select tenant_id, index, position, leaf, chain,
      case when starts_with(stream, ${requests}) then stream end, case when starts_with(stream, ${requests}) then revision end
    from gone`;
}

/** Notes leaves ahead of their place; those that are in the tree already are left out. */
export function keepAhead(
  tenant: string,
  { day, from, leaves }: { readonly day: string; readonly from: number; readonly leaves: string },
): Sql {
  const kept = unpackLeaves(leaves);
  return sql`
    insert into audit_kept_leaves (tenant_id, position, index, leaf, stream, revision)
    select ${tenant}, position, index, leaf, ${streamName(Request.name, tenant, day)}, ${from}::bigint + place - 1
    from unnest(
      ${kept.map(({ position }) => String(position))}::bigint[], ${kept.map(({ index }) => index)}::bigint[],
      ${kept.map(({ leaf }) => leaf)}::bytea[]
    ) with ordinality as kept (position, index, leaf, place)
    where position > coalesce((select position from audit_heads where tenant_id = ${tenant}), -1)
    on conflict do nothing`;
}

/** Whether any leaf is kept ahead of its place. */
export const anyKept = sql`select exists (select from audit_kept_leaves) as any`;

/** Kept leaves up to a position, in the order of their places in each tenant's log. */
export function selectKept(tenants: readonly string[], upTo: bigint, max: number): Sql {
  return sql`
    select tenant_id, position, index, leaf, stream, revision from audit_kept_leaves
    where tenant_id = any(${tenants}::text[]) and position <= ${upTo}
    order by tenant_id, position limit ${max}`;
}

export function keptFrom(row: Row): KeptEntry {
  return {
    tenant: String(row['tenant_id']),
    index: Number(row['index']),
    position: row['position'] as bigint,
    leaf: row['leaf'] as Buffer,
    stream: String(row['stream']),
    revision: Number(row['revision']),
  };
}

/** Forgets kept leaves whose places are behind. */
export function forgetKept(tenant: string, upTo: bigint): Sql {
  return sql`delete from audit_kept_leaves where tenant_id = ${tenant} and position <= ${upTo}`;
}
