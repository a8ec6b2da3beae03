import { onTenant, refusePlatform, TenantById, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';

export const deleteTenant = command({
  name: 'tenancy.deleteTenant',
  summary: 'Deletes a tenant for good: from the answer on none of its callers is accepted. Its slug becomes free.',
  route: 'DELETE /tenant/v1/tenants/:tenantId',
  input: TenantById,
  output: ShownTenant,
  controls: {
    effect: 'remove',
    permission: 'tenancy.tenant.delete',
    platformOnly: true,
    revokes: true,
    audit: tenantAudit('delete'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404, PlatformItself: 409 },
  decide: (tenant, { tenantId }) => refusePlatform(tenant) ?? [Tenant.events.Deleted({ tenantId })],
  respond: showTenant,
});
