import { z } from 'zod';
import { ShownTenant } from './shown.ts';

/** A tenant as lists show it. */
export const ListedTenant = ShownTenant.extend({
  settings: z.record(z.string(), z.string()),
  createdAt: z.string(),
  changedAt: z.string(),
});

type Row = Readonly<Record<string, unknown>>;

/** From a row of tenancy_tenants. */
export function listedTenant(row: Row): z.input<typeof ListedTenant> {
  return {
    tenantId: row['id'] as string,
    slug: row['slug'] as string,
    name: row['name'] as string,
    status: row['status'] as 'active' | 'suspended' | 'deleted',
    plan: row['plan'] as string,
    addOns: row['add_ons'] as string[],
    quotas: row['quotas'] as Record<string, number>,
    settings: row['settings'] as Record<string, string>,
    createdAt: (row['created_at'] as Date).toISOString(),
    changedAt: (row['changed_at'] as Date).toISOString(),
  };
}
