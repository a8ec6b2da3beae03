import type { RangeRoot } from '../../kernel/crypto/merkle.ts';
import { maxLevel, tilesAbove } from '../../kernel/proof/tiles.ts';
import type { Row } from '../../kernel/query.ts';
import { rawSql, type Sql, sql } from '../../kernel/sql.ts';
import { noteFrom, rootsFrom } from './tree-reads.ts';
import { type TreeName, treeTable } from './tree-rows.ts';

/** What the rows of a proof's statement come to. */
export interface ProofRows {
  /** Leaves in the tree now. */
  readonly head: number;
  /** Leaves of the tree that is proved in. */
  readonly size: number;
  /** The signed note of that size. */
  readonly note: string | undefined;
  readonly roots: RangeRoot;
}

/**
 * One statement for all that an inclusion proof needs: the entry, or the leaf alone where the entry was pruned, the size it is proved in (that of the newest checkpoint where none
 * is given, or of the whole tree before the first), and on each level the tile above the entry and the tile above the last leaf. The
 * limit keeps the planner, which cannot know how many tiles there are, from reading all of the tenant's.
 */
export function selectInclusion(
  tenant: string,
  of: {
    readonly eventId?: string | undefined;
    readonly index?: number | undefined;
    readonly size?: number | undefined;
  },
): Sql {
  const place =
    of.eventId === undefined
      ? sql`
        select index, leaf from audit_entries where tenant_id = ${tenant} and index = ${of.index}
        union all select index, leaf from audit_pruned where tenant_id = ${tenant} and index = ${of.index}`
      : sql`select index, leaf from audit_entries where tenant_id = ${tenant} and event_id = ${of.eventId}`;
  return sql`
    with place as materialized (${place}),
      signed as (
        select size, note, cosignatures from audit_checkpoints
        where tenant_id = ${tenant} and tree = 'log' and (${of.size}::bigint is null or size = ${of.size}::bigint)
        order by revision desc limit 1
      ),
      head as materialized (
        select head.size as head, coalesce(${of.size}::bigint, signed.size, head.size) as wanted, note, cosignatures
        from audit_heads as head left join signed on true where head.tenant_id = ${tenant}
      )
    select entry.*, place.*, head.*, above.*
    from place left join audit_entries as entry on entry.tenant_id = ${tenant} and entry.index = place.index
    cross join head cross join generate_series(0, ${rawSql(String(maxLevel))}) as l
    cross join lateral (
      select level, tile, hashes from audit_tiles
      where tenant_id = ${tenant} and level = l
        and tile in (place.index >> (8 * (l + 1)), (head.wanted - 1) >> (8 * (l + 1)))
      limit 2
    ) as above`;
}

/** @param rows of `selectInclusion`, one at least */
export function proofRows(rows: readonly Row[]): ProofRows {
  const [first] = rows as [Row];
  return {
    head: Number(first['head']),
    size: Number(first['wanted']),
    note: first['note'] === null ? undefined : noteFrom(first),
    roots: rootsFrom(rows),
  };
}

/** The tiles that two sizes of a tree need, and its head. */
export function selectConsistency(tree: TreeName, tenant: string, sizes: readonly number[]): Sql {
  const places = sizes.flatMap((size) => tilesAbove(size - 1));
  return sql`
    select head.size as head, t.level, t.tile, t.hashes
    from ${treeTable(tree, 'heads')} as head
    left join ${treeTable(tree, 'tiles')} as t on t.tenant_id = ${tenant} and (t.level, t.tile) in (
      select * from unnest(
        ${places.map(({ level }) => level)}::smallint[], ${places.map(({ tile }) => tile)}::bigint[]
      ))
    where head.tenant_id = ${tenant}`;
}
