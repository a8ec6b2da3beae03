import { auditLog } from '../../../projections/audit/audit-log.ts';
import { insertRows } from '../../../src/domain/audit/columns.ts';
import { entryColumns, entryRow } from '../../../src/domain/audit/entry-rows.ts';
import { type Applied, statefulProjection } from '../../../src/kernel/projection.ts';
import { entryOf, payloadOf, tenantOf } from '../../../src/kernel/proof/entry.ts';
import { sql } from '../../../src/kernel/sql.ts';

const nothing = { chain: Buffer.alloc(32), leaf: Buffer.alloc(32) };

/** The same entries with the same indexes and tables, hashed into nothing: no leaf, no chain, no tiles, no head. */
export const entriesWithoutTree = statefulProjection({
  ...auditLog,
  name: 'audit_entries_without_tree',
  apply: async (events, run, memory) => {
    const tenants = new Set(events.map(({ stored }) => tenantOf(stored)));
    const next = new Map([...tenants].map((tenant) => [tenant, memory.get(tenant) as number | undefined]));
    const unknown = [...tenants].filter((tenant) => next.get(tenant) === undefined);
    if (unknown.length > 0) {
      const sizes = await run(sql`
        select tenant, (select max(index) + 1 from audit_entries where tenant_id = tenant) as size
        from unnest(${unknown}::text[]) as tenant`);
      for (const row of sizes) next.set(String(row['tenant']), Number(row['size'] ?? 0));
    }
    const rows = events.map(({ stored }: Applied) => {
      const tenant = tenantOf(stored);
      const index = next.get(tenant) ?? 0;
      next.set(tenant, index + 1);
      const payload = payloadOf(stored);
      return entryRow(entryOf(index, stored, payload), stored, { ...nothing, payload });
    });
    for (const [tenant, size = 0] of next) memory.set(tenant, size);
    return [insertRows('audit_entries', entryColumns, rows)];
  },
});
