import { grow, grownHead, growthWrites } from '../../src/domain/audit/growth.ts';
import { type Item, nextTurn } from '../../src/domain/audit/retention/kept-turns.ts';
import { keepAhead, prunedTables, pruneEntries } from '../../src/domain/audit/retention/pruned-rows.ts';
import { type IndexRange, RetentionRun } from '../../src/domain/audit/retention/retention-run.ts';
import { headsOf, rememberHead, treeTables } from '../../src/domain/audit/tree-rows.ts';
import { type Applied, statefulProjection } from '../../src/kernel/projection.ts';
import { tenantOf } from '../../src/kernel/proof/entry.ts';
import type { Sql } from '../../src/kernel/sql.ts';
import { when, whenever } from '../../src/kernel/when.ts';

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
  ${treeTables('log', ', chain bytea not null, at text not null')}
  ${prunedTables}`;

/** The events that say what is pruned. They are decoded; all others are taken as they are stored. */
const retention = when(RetentionRun, { EntriesPruned: (): readonly Sql[] => [], LeavesKept: (): readonly Sql[] => [] });

/**
 * audit_log: every event of the log as an entry of its tenant's audit (`audit_entries`), chained, and a leaf of the tenant's tree
 * (`audit_tiles`, `audit_heads`). A head's `notable` is the size up to its last entry that is worth a checkpoint. What retention takes
 * from the entries moves to `audit_pruned`; chain and tree stay, even where the log has lost the facts.
 */
export const auditLog = statefulProjection({
  name: 'audit_log',
  version: 2,
  table,
  on: [whenever((): readonly Sql[] => []), retention],
  ahead: {
    types: ['audit.RetentionRun.LeavesKept'],
    take: async (events, run) => {
      for (const { event, fact } of events) await run(keepAhead(fact.tenant, event.data as KeptLeaves));
    },
  },
  apply: async (events, run, memory) => {
    let waiting = grouped(events);
    for (;;) {
      const tenants = [...waiting.keys()];
      const [{ later, now }, heads] = await Promise.all([
        nextTurn(waiting, run, memory),
        headsOf('log', tenants, run, memory),
      ]);
      const grown = [...now].map(([tenant, items]) => grow(tenant, items, heads.get(tenant)));
      for (const each of grown) rememberHead(memory, grownHead(each));
      const writes = [...growthWrites(grown), ...prunings(now)];
      if (later.size === 0) return writes;
      await Promise.all(writes.map(run));
      waiting = later;
    }
  },
});

interface KeptLeaves {
  readonly day: string;
  readonly from: number;
  readonly leaves: string;
}

function grouped(events: readonly Applied[]): ReadonlyMap<string, readonly Applied[]> {
  const groups = new Map<string, Applied[]>();
  for (const applied of events) {
    const tenant = tenantOf(applied.stored);
    const group = groups.get(tenant);
    if (group === undefined) groups.set(tenant, [applied]);
    else group.push(applied);
  }
  return groups;
}

/** In the order of the events: each takes entries of smaller indexes. */
function prunings(now: ReadonlyMap<string, readonly Item[]>): readonly Sql[] {
  return [...now].flatMap(([tenant, items]) =>
    items.flatMap(({ applied }) => {
      if (applied?.stored.type !== 'audit.RetentionRun.EntriesPruned') return [];
      return [pruneEntries(tenant, (applied.event.data as { readonly ranges: readonly IndexRange[] }).ranges)];
    }),
  );
}
