import { z } from 'zod';
import { byTenantId, onTenant, refuseAbsent, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { CatalogueId } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const changeTenantPlan = command({
  name: 'tenancy.changeTenantPlan',
  summary: 'Puts a tenant on another plan, at once.',
  route: 'PUT /tenant/v1/tenants/:tenantId/plan',
  input: z.strictObject({ ...byTenantId, plan: CatalogueId }),
  output: ShownTenant,
  controls: {
    effect: 'change',
    permission: 'tenancy.tenant.change-plan',
    platformOnly: true,
    audit: tenantAudit('change-plan'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404, PlanUnknown: 422 },
  prepare: async (_tenant, { plan }, { ports }) => {
    await ports.directory.upToDate();
    return { known: ports.directory.plan(plan) !== undefined };
  },
  decide: (tenant, { plan, tenantId }, { prepared }) => {
    const refused = refuseAbsent(tenant);
    if (refused !== undefined) return refused;
    if (!prepared.known) return reject('PlanUnknown');
    return plan === tenant.plan ? [] : [Tenant.events.PlanChanged({ tenantId, plan, previous: tenant.plan })];
  },
  respond: showTenant,
});
