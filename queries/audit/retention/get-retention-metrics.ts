import { z } from 'zod';
import { entrySize } from '../../../src/domain/audit/retention/entry-size.ts';
import { instantBefore } from '../../../src/kernel/duration.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const count = z.int().min(0);

export const getRetentionMetrics = query({
  name: 'audit.getRetentionMetrics',
  summary:
    'How much the tenant’s audit holds, by age, and what cleanups have saved. Sizes are those of the rows’ values; each age counts what is older than the ones before it.',
  route: 'GET /audit/v1/retention/metrics',
  aliases: ['GET /v1/retention/metrics'],
  input: z.strictObject({}),
  output: z.object({
    totalEvents: count,
    totalSizeBytes: count,
    byAge: z.object({ last7Days: count, last30Days: count, last90Days: count, older: count }),
    retentionSavings: z.object({ eventsDeleted: count, bytesReclaimed: count, payloadKeysShredded: count }),
  }),
  controls: { permission: 'audit.retention.read', audit: 'none' },
  reads: ['audit_log', 'audit_retention_runs'],
  run: (_, { now, tenant }) => {
    const [week, month, quarter] = ['P7D', 'P30D', 'P90D'].map((age) => instantBefore(now, age));
    return sql`
      select *, (select coalesce(sum(deleted), 0) from audit_retention_runs where tenant_id = ${tenant}) as deleted,
        (select coalesce(sum(bytes), 0) from audit_retention_runs where tenant_id = ${tenant}) as reclaimed,
        (select coalesce(sum(keys), 0) from audit_retention_runs where tenant_id = ${tenant}) as keys
      from (
        select count(*) as events, coalesce(sum(${entrySize}), 0) as bytes,
          count(*) filter (where at >= ${week}) as week,
          count(*) filter (where at < ${week} and at >= ${month}) as month,
          count(*) filter (where at < ${month} and at >= ${quarter}) as quarter,
          count(*) filter (where at < ${quarter}) as older
        from audit_entries where tenant_id = ${tenant}
      ) as held`;
  },
  respond: ([row = {}]) => {
    const number = (column: string): number => Number(row[column] ?? 0);
    return {
      totalEvents: number('events'),
      totalSizeBytes: number('bytes'),
      byAge: {
        last7Days: number('week'),
        last30Days: number('month'),
        last90Days: number('quarter'),
        older: number('older'),
      },
      retentionSavings: {
        eventsDeleted: number('deleted'),
        bytesReclaimed: number('reclaimed'),
        payloadKeysShredded: number('keys'),
      },
    };
  },
});
