import { isNotable } from '../../src/domain/audit/classify.ts';
import { insertRows, replaceRows } from '../../src/domain/audit/columns.ts';
import { type EntryRow, entryColumns, entryRow } from '../../src/domain/audit/entry-rows.ts';
import { frontierOf, growTiles, headColumns, headRow, headsOf, treeTables } from '../../src/domain/audit/tree-rows.ts';
import { leafHash } from '../../src/kernel/crypto/merkle.ts';
import type { LogEvent } from '../../src/kernel/log.ts';
import { type Applied, statefulProjection } from '../../src/kernel/projection.ts';
import { chainNext, chainOrigin, chainStart, entryOf, leafData, tenantOf } from '../../src/kernel/proof/entry.ts';
import { type Growth, growTree } from '../../src/kernel/proof/tree.ts';
import type { Row } from '../../src/kernel/query.ts';
import type { Sql } from '../../src/kernel/sql.ts';
import { whenever } from '../../src/kernel/when.ts';

const table = `
  create table audit_entries (
    tenant_id text collate "C" not null,
    index bigint not null,
    event_id uuid not null,
    type text collate "C" not null,
    stream text collate "C" not null,
    revision bigint not null,
    position bigint not null,
    at text collate "C" not null,
    actor_type text collate "C" not null,
    actor_id text collate "C" not null,
    operation text collate "C" not null,
    action text collate "C" not null,
    subject text collate "C" not null,
    request_id text collate "C" not null,
    correlation_id text collate "C" not null,
    causation_id text collate "C" not null,
    payload bytea not null,
    leaf bytea not null,
    chain bytea not null,
    service text collate "C" not null,
    outcome text collate "C" not null,
    status int,
    code text collate "C",
    severity text collate "C" not null,
    source text collate "C",
    user_agent text,
    data_commitment bytea not null,
    salt text collate "C" not null,
    primary key (tenant_id, index)
  );
  create unique index audit_entries_event on audit_entries (tenant_id, event_id);
  create index audit_entries_at on audit_entries (tenant_id, at, index);
  create index audit_entries_actor on audit_entries (tenant_id, actor_id, index);
  create index audit_entries_action on audit_entries (tenant_id, action, index);
  create index audit_entries_subject on audit_entries (tenant_id, subject, index);
  ${treeTables('log', ', chain bytea not null, at text not null')}`;

/**
 * audit_log: every event of the log as an entry of its tenant's audit (`audit_entries`), chained, and a leaf of the tenant's tree
 * (`audit_tiles`, `audit_heads`). A head's `notable` is the size up to its last entry that is worth a checkpoint.
 */
export const auditLog = statefulProjection({
  name: 'audit_log',
  version: 1,
  table,
  on: whenever(() => []),
  apply: async (events, run) => {
    const byTenant = grouped(events);
    const rows = await run(headsOf('log', [...byTenant.keys()]));
    const heads = new Map(rows.map((row) => [String(row['tenant_id']), row]));
    const grown = [...byTenant].map(([tenant, stored]) => grow(tenant, stored, heads.get(tenant)));
    await Promise.all(writes(grown).map(run));
  },
});

function grouped(events: readonly Applied[]): ReadonlyMap<string, readonly LogEvent[]> {
  const groups = new Map<string, LogEvent[]>();
  for (const { stored } of events) {
    const tenant = tenantOf(stored);
    const group = groups.get(tenant);
    if (group === undefined) groups.set(tenant, [stored]);
    else group.push(stored);
  }
  return groups;
}

interface Grown {
  readonly tenant: string;
  readonly growth: Growth;
  readonly entries: readonly EntryRow[];
  readonly notable: number;
}

/** Entries, chain and tree of one tenant after some events more. */
function grow(tenant: string, events: readonly LogEvent[], head: Row | undefined): Grown {
  const frontier = frontierOf(head);
  const leaves: Buffer[] = [];
  let chain = (head?.['chain'] as Buffer | undefined) ?? chainStart(chainOrigin(tenant));
  let notable = Number(head?.['notable'] ?? 0);
  const entries = events.map((stored, offset) => {
    const entry = entryOf(frontier.size + offset, stored);
    const leaf = leafHash(leafData(entry));
    chain = chainNext(chain, leaf);
    leaves.push(leaf);
    if (isNotable(entry)) notable = entry.index + 1;
    return entryRow(entry, stored, { chain, leaf });
  });
  return { tenant, entries, notable, growth: growTree(frontier, leaves) };
}

const columns = { ...headColumns, chain: 'bytea', at: 'text' } as const;

function writes(grown: readonly Grown[]): readonly Sql[] {
  const entries = grown.flatMap((each) => each.entries);
  const heads = grown.map(({ tenant, growth, notable, entries: own }) => {
    const { at, chain, position } = own.at(-1) as EntryRow;
    return { ...headRow(tenant, growth), notable, at, chain, position };
  });
  return [
    insertRows('audit_entries', entryColumns, entries),
    growTiles('log', new Map(grown.map(({ tenant, growth }) => [tenant, growth]))),
    replaceRows('audit_heads', columns, heads),
  ];
}
