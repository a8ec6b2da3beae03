import { z } from 'zod';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

const plan = z.object({
  plan: z.string(),
  name: z.string(),
  monthlyPriceCents: z.int(),
  entitlements: z.array(z.string()),
  quotas: z.record(z.string(), z.int()),
  ratePerMinute: z.int(),
});

export const listPlans = query({
  name: 'tenancy.listPlans',
  summary: 'Lists the plans tenants may be on, from the cheapest.',
  route: 'GET /tenant/v1/plans',
  input: z.strictObject({}),
  output: z.object({ plans: z.array(plan) }),
  controls: { permission: 'tenancy.plan.read', platformOnly: true, audit: 'none' },
  reads: 'tenancy_plans',
  page: { by: ['monthly_price_cents', 'plan'], direction: 'asc', defaultLimit: 100, maxLimit: 500 },
  run: (_input, { tenant }) => sql`select * from tenancy_plans where tenant_id = ${tenant}`,
  respond: (rows) => ({
    plans: rows.map((row) => ({
      plan: row['plan'] as string,
      name: row['name'] as string,
      monthlyPriceCents: Number(row['monthly_price_cents']),
      entitlements: row['entitlements'] as string[],
      quotas: row['quotas'] as Record<string, number>,
      ratePerMinute: row['rate_per_minute'] as number,
    })),
  }),
});
