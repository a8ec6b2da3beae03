import { z } from 'zod';
import type { TenantState } from './tenant.ts';

/** A tenant as answers show it. */
export const ShownTenant = z.object({
  tenantId: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.enum(['active', 'suspended', 'deleted']),
  plan: z.string(),
  addOns: z.array(z.string()),
  /** Units a calendar month that replace the plan's, by meter. */
  quotas: z.record(z.string(), z.int()),
});

export function showTenant(tenant: TenantState): z.input<typeof ShownTenant> {
  const { addOns, name, plan, quotas, slug, status, tenantId } = tenant;
  return {
    tenantId,
    slug,
    name,
    status: status === 'absent' ? 'deleted' : status,
    plan,
    addOns: [...addOns],
    quotas: { ...quotas },
  };
}
