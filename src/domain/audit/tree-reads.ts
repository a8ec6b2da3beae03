import { consistencyProof, type RangeRoot } from '../../kernel/crypto/merkle.ts';
import { verifyConsistency } from '../../kernel/crypto/merkle-verify.ts';
import { platformTenant } from '../../kernel/principal.ts';
import { TileMissing, tileRoots, tilesAbove } from '../../kernel/proof/tiles.ts';
import type { Row } from '../../kernel/query.ts';
import { rawSql, type Sql, sql } from '../../kernel/sql.ts';
import { type TreeName, treeTable } from './tree-rows.ts';

/** The head of a tree as its read model has it. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
  /** Commit position of its last entry. */
  readonly position: bigint;
  /** Size up to the last entry that is worth a checkpoint. */
  readonly notable: number;
}

const projections = { log: 'audit_log', logs: 'audit_log_of_logs' } as const;

/** The head, and how far its read model has read. */
export function selectHead(tree: TreeName, tenant: string): Sql {
  return sql`
    select size, root, notable, position,
      (select position from kernel.projections where name = ${projections[tree]} and state = 'live') as seen
    from ${treeTable(tree, 'heads')} where tenant_id = ${tenant}`;
}

/** @param row of `selectHead` */
export function headFrom(row: Row): TreeHead & { readonly seen: bigint } {
  const position = row['position'] as bigint;
  return {
    size: Number(row['size']),
    root: row['root'] as Buffer,
    notable: Number(row['notable']),
    position,
    seen: (row['seen'] as bigint | null) ?? position,
  };
}

/** The tiles that proofs about some leaves need: of each leaf, and of the last one of each tree they are proved in. */
export function selectTiles(tree: TreeName, tenant: string, leaves: readonly number[]): Sql {
  const places = leaves.flatMap(tilesAbove);
  return sql`
    select level, tile, hashes from ${treeTable(tree, 'tiles')}
    join (select distinct * from unnest(
      ${places.map(({ level }) => level)}::smallint[], ${places.map(({ tile }) => tile)}::bigint[]
    ) as wanted (level, tile)) as wanted using (level, tile)
    where tenant_id = ${tenant}`;
}

/** @param rows with `level`, `tile` and `hashes` */
export function rootsFrom(rows: readonly Row[]): RangeRoot {
  const tiles = new Map(rows.map((row) => [`${row['level']}/${row['tile']}`, row['hashes'] as Buffer]));
  return tileRoots(({ level, tile }) => tiles.get(`${level}/${tile}`));
}

/** The root of the first `size` leaves; undefined where tiles are missing. */
export function rootAt(roots: RangeRoot, size: number): Buffer | undefined {
  return unlessMissing(() => roots(0, size));
}

/** Whether the tree of this head begins with the one that was signed, by a proof from its tiles. */
export function growsFrom(
  { root, size }: { readonly size: number; readonly root: Buffer },
  head: TreeHead,
  roots: RangeRoot,
): boolean {
  if (head.size < size) return false;
  const grown = unlessMissing(() =>
    verifyConsistency({
      first: size,
      second: head.size,
      firstRoot: root,
      secondRoot: head.root,
      proof: consistencyProof(size, head.size, roots),
    }),
  );
  return grown === true && rootAt(roots, head.size)?.equals(head.root) === true;
}

function unlessMissing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof TileMissing) return undefined;
    throw error;
  }
}

/** The newest checkpoint of a tree, or the one of a size. */
export function selectCheckpoint(tree: TreeName, tenant: string, size?: number): Sql {
  const only = size === undefined ? rawSql('') : sql`and size = ${size}`;
  return sql`
    select size, root, origin, note, cosignatures, key_version, at from audit_checkpoints
    where tenant_id = ${tenant} and tree = ${tree} ${only} order by revision desc limit 1`;
}

/** The signed note with what witnesses have added. */
export function noteFrom(row: Row): string {
  return `${String(row['note'])}${String(row['cosignatures'])}`;
}

/** A tenant's checkpoint among the first `below` leaves of the tree over all logs: the newest, or that of a size. */
export function selectLogLeaf(of: {
  readonly tenant: string;
  readonly below: number;
  readonly size: number | undefined;
}): Sql {
  const only = of.size === undefined ? rawSql('') : sql`and size = ${of.size}`;
  return sql`
    select index, origin, size, root from audit_log_of_logs_entries
    where tenant_id = ${platformTenant} and log_tenant = ${of.tenant} and index < ${of.below} ${only}
    order by index desc limit 1`;
}
