import { z } from 'zod';
import { ListedTenant, listedTenant } from '../../src/domain/tenancy/listed.ts';
import { TenantId } from '../../src/domain/tenancy/names.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';

export const getTenant = query({
  name: 'tenancy.getTenant',
  summary: 'Reads one tenant, deleted ones too.',
  route: 'GET /tenant/v1/tenants/:tenantId',
  input: z.strictObject({ tenantId: TenantId }),
  output: ListedTenant,
  controls: { permission: 'tenancy.tenant.read', platformOnly: true, audit: 'none' },
  reads: 'tenancy_tenants',
  rejections: { TenantNotFound: 404 },
  run: ({ tenantId }, { tenant }) =>
    sql`select * from tenancy_tenants where tenant_id = ${tenant} and id = ${tenantId}`,
  respond: ([row]) => (row === undefined ? reject('TenantNotFound') : listedTenant(row)),
});
