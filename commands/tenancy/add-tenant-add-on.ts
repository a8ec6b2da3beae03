import { z } from 'zod';
import { byTenantId, onTenant, refuseAbsent, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { CatalogueId } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const addTenantAddOn = command({
  name: 'tenancy.addTenantAddOn',
  summary: 'Gives a tenant an add-on on top of its plan.',
  route: 'PUT /tenant/v1/tenants/:tenantId/add-ons/:addOn',
  input: z.strictObject({ ...byTenantId, addOn: CatalogueId }),
  output: ShownTenant,
  controls: {
    effect: 'change',
    permission: 'tenancy.tenant.change-plan',
    platformOnly: true,
    audit: tenantAudit('add-add-on'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404, AddOnUnknown: 422 },
  prepare: async (_tenant, { addOn }, { ports }) => {
    await ports.directory.upToDate();
    return { known: ports.directory.addOn(addOn) !== undefined };
  },
  decide: (tenant, { addOn, tenantId }, { prepared }) => {
    const refused = refuseAbsent(tenant);
    if (refused !== undefined) return refused;
    if (!prepared.known) return reject('AddOnUnknown');
    return tenant.addOns.includes(addOn) ? [] : [Tenant.events.AddOnAdded({ tenantId, addOn })];
  },
  respond: showTenant,
});
