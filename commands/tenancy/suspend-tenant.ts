import { z } from 'zod';
import { byTenantId, onTenant, refusePlatform, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';

export const suspendTenant = command({
  name: 'tenancy.suspendTenant',
  summary: 'Suspends a tenant: from the answer on none of its callers is accepted, until it is resumed.',
  route: 'POST /tenant/v1/tenants/:tenantId/suspend',
  input: z.strictObject({ ...byTenantId, reason: z.string().trim().min(1).max(500) }),
  output: ShownTenant,
  controls: {
    effect: 'remove',
    permission: 'tenancy.tenant.suspend',
    platformOnly: true,
    revokes: true,
    audit: tenantAudit('suspend'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404, PlatformItself: 409 },
  decide: (tenant, { tenantId, reason }) =>
    refusePlatform(tenant) ?? (tenant.status === 'suspended' ? [] : [Tenant.events.Suspended({ tenantId, reason })]),
  respond: showTenant,
});
