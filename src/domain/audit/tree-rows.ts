import { emptyFrontier, type Frontier, frontierRoot } from '../../kernel/crypto/merkle.ts';
import type { Memory, Run } from '../../kernel/projection.ts';
import { type Growth, packFrontier, unpackFrontier } from '../../kernel/proof/tree.ts';
import type { Row } from '../../kernel/query.ts';
import { rawSql, type Sql, sql } from '../../kernel/sql.ts';

/** Which tree: that of a tenant's entries, or the platform's over the checkpoints of all tenants. */
export type TreeName = 'log' | 'logs';

const prefixes = { log: 'audit', logs: 'audit_log_of_logs' } as const;

/** The name of one of a tree's tables. */
export const treeTable = (tree: TreeName, part: 'heads' | 'tiles' | 'entries'): Sql =>
  rawSql(`${prefixes[tree]}_${part}`);

/** The tables that hold a tree's tiles and its head: its size, and its size up to the last entry worth a checkpoint. A tile that is not full yet has fewer hashes. */
export function treeTables(tree: TreeName, headColumns = ''): string {
  const prefix = prefixes[tree];
  return `
    create table ${prefix}_tiles (
      tenant_id text collate "C" not null,
      level smallint not null,
      tile bigint not null,
      hashes bytea not null,
      primary key (tenant_id, level, tile)
    );
    alter table ${prefix}_tiles alter column hashes set storage external;
    create table ${prefix}_heads (
      tenant_id text collate "C" not null primary key,
      size bigint not null,
      root bytea not null,
      frontier bytea not null,
      notable bigint not null,
      position bigint not null${headColumns}
    );`;
}

/** The columns of a head that every tree has. */
export const headColumns = {
  tenant_id: 'text',
  size: 'bigint',
  root: 'bytea',
  frontier: 'bytea',
  notable: 'bigint',
  position: 'bigint',
} as const;

/** The heads of some tenants' trees, by tenant: those that are not remembered are read. */
export async function headsOf(
  tree: TreeName,
  tenants: readonly string[],
  run: Run,
  memory: Memory,
): Promise<ReadonlyMap<string, Row>> {
  const heads = new Map<string, Row>();
  for (const tenant of tenants) {
    const head = memory.get(headKey(tenant)) as Row | undefined;
    if (head !== undefined) heads.set(tenant, head);
  }
  const unknown = tenants.filter((tenant) => !heads.has(tenant));
  if (unknown.length === 0) return heads;
  const rows = await run(sql`select * from ${treeTable(tree, 'heads')} where tenant_id = any(${unknown}::text[])`);
  for (const row of rows) heads.set(String(row['tenant_id']), row);
  return heads;
}

/** Remembers a head that is about to be written. */
export function rememberHead(memory: Memory, head: Row & { readonly tenant_id: string }): void {
  memory.set(headKey(head.tenant_id), head);
}

const headKey = (tenant: string): string => `head ${tenant}`;

/** The frontier a row of heads holds; of the empty tree where there is none. */
export function frontierOf(head: Row | undefined): Frontier {
  if (head === undefined) return emptyFrontier;
  return unpackFrontier(Number(head['size']), head['frontier'] as Buffer);
}

/** What a head says of the tree itself. */
export function headRow(
  tenant: string,
  { frontier }: Growth,
): { readonly tenant_id: string; readonly size: number; readonly root: Buffer; readonly frontier: Buffer } {
  return { tenant_id: tenant, size: frontier.size, root: frontierRoot(frontier), frontier: packFrontier(frontier) };
}

/** Writes what some tenants' trees have grown by behind what their tiles have. */
export function growTiles(tree: TreeName, growths: ReadonlyMap<string, Growth>): Sql {
  const parts = [...growths].flatMap(([tenant, { tiles }]) => tiles.map((tile) => ({ tenant, ...tile })));
  return sql`
    insert into ${treeTable(tree, 'tiles')} as old (tenant_id, level, tile, hashes)
    select * from unnest(
      ${parts.map(({ tenant }) => tenant)}::text[], ${parts.map(({ level }) => level)}::smallint[],
      ${parts.map(({ tile }) => tile)}::bigint[], ${parts.map(({ hashes }) => hashes)}::bytea[])
    on conflict (tenant_id, level, tile) do update set hashes = old.hashes || excluded.hashes`;
}
