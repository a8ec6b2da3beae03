import { z } from 'zod';
import { byTenantId, onTenant, refuseAbsent, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { Meter } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';

export const overrideTenantQuota = command({
  name: 'tenancy.overrideTenantQuota',
  summary: 'Sets a tenant’s units a month of a meter, whatever its plan says; null gives the meter back to the plan.',
  route: 'PUT /tenant/v1/tenants/:tenantId/quotas/:meter',
  input: z.strictObject({ ...byTenantId, meter: Meter, units: z.int().min(0).nullable() }),
  output: ShownTenant,
  controls: {
    effect: 'change',
    permission: 'tenancy.tenant.override-quota',
    platformOnly: true,
    audit: tenantAudit('override-quota'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404 },
  decide: (tenant, { meter, tenantId, units }) => {
    const refused = refuseAbsent(tenant);
    if (refused !== undefined) return refused;
    const same = (tenant.quotas[meter] ?? null) === units;
    return same ? [] : [Tenant.events.QuotaOverridden({ tenantId, meter, units })];
  },
  respond: showTenant,
});
