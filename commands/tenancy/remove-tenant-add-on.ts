import { z } from 'zod';
import { byTenantId, onTenant, refuseAbsent, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { CatalogueId } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const removeTenantAddOn = command({
  name: 'tenancy.removeTenantAddOn',
  summary: 'Takes an add-on from a tenant; what was made with it stays readable and removable.',
  route: 'DELETE /tenant/v1/tenants/:tenantId/add-ons/:addOn',
  input: z.strictObject({ ...byTenantId, addOn: CatalogueId }),
  output: ShownTenant,
  controls: {
    effect: 'remove',
    permission: 'tenancy.tenant.change-plan',
    platformOnly: true,
    audit: tenantAudit('remove-add-on'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404, AddOnNotHeld: 404 },
  decide: (tenant, { addOn, tenantId }) => {
    const refused = refuseAbsent(tenant);
    if (refused !== undefined) return refused;
    return tenant.addOns.includes(addOn) ? [Tenant.events.AddOnRemoved({ tenantId, addOn })] : reject('AddOnNotHeld');
  },
  respond: showTenant,
});
