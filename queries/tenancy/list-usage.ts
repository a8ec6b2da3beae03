import { z } from 'zod';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

export const listUsage = query({
  name: 'tenancy.listUsage',
  summary: 'Lists the units the tenant has used of each meter, newest month first.',
  route: 'GET /tenant/v1/usage',
  input: z.strictObject({
    month: z
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is a month such as 2026-01')
      .optional(),
  }),
  output: z.object({ usage: z.array(z.object({ month: z.string(), meter: z.string(), units: z.int() })) }),
  controls: { permission: 'tenancy.usage.read', audit: 'none' },
  reads: 'tenancy_usage',
  page: { by: ['month', 'meter'], direction: 'desc', defaultLimit: 100, maxLimit: 500 },
  run: ({ month }, { tenant }) => sql`
    select month, meter, sum(units) as units from tenancy_usage
    where tenant_id = ${tenant} and (${month}::text is null or month = ${month}) group by month, meter`,
  respond: (rows) => ({
    usage: rows.map(({ meter, month, units }) => ({
      month: month as string,
      meter: meter as string,
      units: Number(units),
    })),
  }),
});
