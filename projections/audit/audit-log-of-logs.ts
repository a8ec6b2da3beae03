import { Checkpoint } from '../../src/domain/audit/checkpoint.ts';
import { insertRows, replaceRows } from '../../src/domain/audit/columns.ts';
import { logLeafText } from '../../src/domain/audit/log-leaf.ts';
import {
  frontierOf,
  growTiles,
  headColumns,
  headRow,
  headsOf,
  rememberHead,
  treeTables,
} from '../../src/domain/audit/tree-rows.ts';
import { leafHash } from '../../src/kernel/crypto/merkle.ts';
import { platformTenant } from '../../src/kernel/principal.ts';
import { type Applied, statefulProjection } from '../../src/kernel/projection.ts';
import { growTree } from '../../src/kernel/proof/tree.ts';
import { when } from '../../src/kernel/when.ts';

const columns = {
  tenant_id: 'text',
  index: 'bigint',
  log_tenant: 'text',
  origin: 'text',
  size: 'bigint',
  root: 'text',
  position: 'bigint',
} as const;

/** audit_log_of_logs: the platform's tree over the checkpoints of all tenants' logs, so that no tenant's log can be cut unseen. */
export const auditLogOfLogs = statefulProjection({
  name: 'audit_log_of_logs',
  version: 1,
  table: `
    create table audit_log_of_logs_entries (
      tenant_id text collate "C" not null,
      index bigint not null,
      log_tenant text collate "C" not null,
      origin text not null,
      size bigint not null,
      root text not null,
      position bigint not null,
      primary key (tenant_id, index)
    );
    create index audit_log_of_logs_entries_log on audit_log_of_logs_entries (tenant_id, log_tenant, index);
    ${treeTables('logs')}`,
  on: when(Checkpoint, { Signed: () => [] }),
  apply: async (events, run, memory) => {
    const signed = events.filter(({ fact }) => fact.id === 'log');
    if (signed.length === 0) return [];
    const heads = await headsOf('logs', [platformTenant], run, memory);
    const frontier = frontierOf(heads.get(platformTenant));
    const entries = signed.map((event, offset) => entryOf(event, frontier.size + offset));
    const leaves = entries.map(({ leaf }) => leaf);
    const growth = growTree(frontier, leaves);
    const last = { notable: growth.frontier.size, position: entries.at(-1)?.row.position ?? '0' };
    const next = { ...headRow(platformTenant, growth), ...last };
    rememberHead(memory, next);
    const rows = entries.map(({ row }) => row);
    return [
      insertRows('audit_log_of_logs_entries', columns, rows),
      growTiles('logs', new Map([[platformTenant, growth]])),
      replaceRows('audit_log_of_logs_heads', headColumns, [next]),
    ];
  },
});

function entryOf({ event, fact }: Applied, index: number) {
  const { origin, root, size } = event.data as { origin: string; root: string; size: number };
  const leaf = leafHash(Buffer.from(logLeafText({ tenant: fact.tenant, origin, size, root })));
  const row = { tenant_id: platformTenant, index, log_tenant: fact.tenant, origin, size, root };
  return { leaf, row: { ...row, position: String(fact.position) } };
}
