import { z } from 'zod';
import { byTenantId, onTenant, refuseAbsent, tenantAudit } from '../../src/domain/tenancy/changing-tenants.ts';
import { SettingName } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';

export const changeTenantSettings = command({
  name: 'tenancy.changeTenantSettings',
  summary: 'Changes some of a tenant’s settings; the others stay.',
  route: 'PATCH /tenant/v1/tenants/:tenantId/settings',
  input: z.strictObject({ ...byTenantId, settings: z.record(SettingName, z.string().max(2_000)) }),
  output: ShownTenant,
  controls: {
    effect: 'change',
    permission: 'tenancy.tenant.change-settings',
    platformOnly: true,
    audit: tenantAudit('change-settings'),
  },
  ...onTenant,
  rejections: { TenantNotFound: 404 },
  decide: (tenant, { settings, tenantId }) =>
    refuseAbsent(tenant) ??
    (Object.keys(settings).length === 0 ? [] : [Tenant.events.SettingsChanged({ tenantId, settings })]),
  respond: showTenant,
});
