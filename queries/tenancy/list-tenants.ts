import { z } from 'zod';
import { ListedTenant, listedTenant } from '../../src/domain/tenancy/listed.ts';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

export const listTenants = query({
  name: 'tenancy.listTenants',
  summary: 'Lists the installation’s tenants by slug.',
  route: 'GET /tenant/v1/tenants',
  input: z.strictObject({ status: z.enum(['active', 'suspended', 'deleted']).optional() }),
  output: z.object({ tenants: z.array(ListedTenant) }),
  controls: { permission: 'tenancy.tenant.read', platformOnly: true, audit: 'none' },
  reads: 'tenancy_tenants',
  page: { by: ['slug', 'id'], direction: 'asc', defaultLimit: 50, maxLimit: 500 },
  run: ({ status }, { tenant }) => sql`
    select * from tenancy_tenants
    where tenant_id = ${tenant} and (${status}::text is null or status = ${status})`,
  respond: (rows) => ({ tenants: rows.map(listedTenant) }),
});
