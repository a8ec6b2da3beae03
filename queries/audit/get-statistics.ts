import { z } from 'zod';
import { type Outcome, outcomes, type Severity, severities } from '../../src/domain/audit/classify.ts';
import { query, type Row } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

const count = z.int();

export const getStatistics = query({
  name: 'audit.getStatistics',
  summary: 'Counts the entries of the tenant’s audit: in all, since midnight (UTC), by severity and by outcome.',
  route: 'GET /api/audit/stats',
  input: z.strictObject({}),
  output: z.object({
    total: count,
    today: count,
    bySeverity: z.object({ info: count, notice: count, warning: count, critical: count }),
    byOutcome: z.object({ done: count, answered: count, refused: count, denied: count }),
  }),
  controls: { permission: 'audit.read', audit: { action: 'audit.read', subject: () => 'statistics' } },
  reads: 'audit_log',
  run: (_, { now, tenant }) => sql`
    select severity, outcome, count(*) as entries, count(*) filter (where at >= ${now.slice(0, 10)}) as today
    from audit_entries where tenant_id = ${tenant} group by severity, outcome`,
  respond: (rows) => {
    const sum = (column: string, wanted: (row: Row) => boolean = () => true): number =>
      rows.filter(wanted).reduce((total, row) => total + Number(row[column]), 0);
    const bySeverity = (severity: Severity): number => sum('entries', (row) => row['severity'] === severity);
    const byOutcome = (outcome: Outcome): number => sum('entries', (row) => row['outcome'] === outcome);
    return {
      total: sum('entries'),
      today: sum('today'),
      bySeverity: counted(severities, bySeverity),
      byOutcome: counted(outcomes, byOutcome),
    };
  },
});

function counted<K extends string>(keys: readonly K[], of: (key: K) => number): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, number>;
}
