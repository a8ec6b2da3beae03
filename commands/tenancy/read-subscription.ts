import { z } from 'zod';
import { operation } from '../../src/kernel/operation.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const readSubscription = operation({
  name: 'tenancy.readSubscription',
  summary: 'Says which plan and add-ons the tenant has, and what they allow.',
  route: 'GET /tenant/v1/subscription',
  input: z.strictObject({}),
  output: z.object({
    tenantId: z.string(),
    plan: z.string(),
    addOns: z.array(z.string()),
    entitlements: z.array(z.string()),
    /** Units a calendar month by meter; a meter that is absent is not limited. */
    quotas: z.record(z.string(), z.int()),
    ratePerMinute: z.int(),
  }),
  controls: {
    effect: 'read',
    permission: 'tenancy.subscription.read',
    audit: { action: 'tenancy.subscription.read', subject: () => 'self' },
  },
  rejections: { TenantNotFound: 404 },
  perform: async (_state, _input, { ports, tenant }) => {
    await ports.directory.upToDate();
    const found = ports.directory.tenant(tenant);
    if (found === undefined) return reject('TenantNotFound');
    const { addOns, entitlements, id: tenantId, plan, quotas, ratePerMinute } = found;
    return { tenantId, plan, addOns: [...addOns], entitlements: [...entitlements], quotas, ratePerMinute };
  },
});
