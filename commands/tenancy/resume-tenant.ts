import { onTenant, refuseAbsent, TenantById, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';

export const resumeTenant = command({
  name: 'tenancy.resumeTenant',
  summary: 'Resumes a suspended tenant.',
  route: 'POST /tenant/v1/tenants/:tenantId/resume',
  input: TenantById,
  output: ShownTenant,
  controls: {
    effect: 'change',
    permission: 'tenancy.tenant.suspend',
    platformOnly: true,
    audit: tenantAudit('resume'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404 },
  decide: (tenant, { tenantId }) =>
    refuseAbsent(tenant) ?? (tenant.status === 'suspended' ? [Tenant.events.Resumed({ tenantId })] : []),
  respond: showTenant,
});
