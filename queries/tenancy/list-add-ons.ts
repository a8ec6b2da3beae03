import { z } from 'zod';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

const addOn = z.object({
  addOn: z.string(),
  name: z.string(),
  entitlements: z.array(z.string()),
  quotas: z.record(z.string(), z.int()),
});

export const listAddOns = query({
  name: 'tenancy.listAddOns',
  summary: 'Lists the add-ons tenants may have on top of their plans.',
  route: 'GET /tenant/v1/add-ons',
  input: z.strictObject({}),
  output: z.object({ addOns: z.array(addOn) }),
  controls: { permission: 'tenancy.plan.read', platformOnly: true, audit: 'none' },
  reads: 'tenancy_add_ons',
  page: { by: ['add_on'], direction: 'asc', defaultLimit: 100, maxLimit: 500 },
  run: (_input, { tenant }) => sql`select * from tenancy_add_ons where tenant_id = ${tenant}`,
  respond: (rows) => ({
    addOns: rows.map((row) => ({
      addOn: row['add_on'] as string,
      name: row['name'] as string,
      entitlements: row['entitlements'] as string[],
      quotas: row['quotas'] as Record<string, number>,
    })),
  }),
});
