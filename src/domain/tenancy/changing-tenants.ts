import { z } from 'zod';
import { platformTenant } from '../../kernel/principal.ts';
import { type Rejection, reject } from '../../kernel/rejection.ts';
import { TenantId } from './names.ts';
import { Tenant, type TenantState } from './tenant.ts';

/** Names the tenant by the path. */
export const byTenantId = { tenantId: TenantId };
export const TenantById = z.strictObject(byTenantId);

/** The parts shared by what the platform's operators do to a tenant. */
export const onTenant = {
  aggregate: Tenant,
  stream: ({ tenantId }: { readonly tenantId: string }): string => tenantId,
};

/** What the audit says of it. */
export function tenantAudit(action: string) {
  return { action: `tenancy.tenant.${action}`, subject: ({ tenantId }: { readonly tenantId: string }) => tenantId };
}

export function refuseAbsent(tenant: TenantState): Rejection<'TenantNotFound'> | undefined {
  return tenant.status === 'absent' || tenant.status === 'deleted' ? reject('TenantNotFound') : undefined;
}

/** The platform would lock itself out. */
export function refusePlatform(tenant: TenantState): Rejection<'TenantNotFound' | 'PlatformItself'> | undefined {
  if (tenant.tenantId === platformTenant) return reject('PlatformItself', 'The installation’s own tenant stays.');
  return refuseAbsent(tenant);
}
