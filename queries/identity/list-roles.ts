import { z } from 'zod';
import { ShownRole } from '../../src/domain/identity/shown.ts';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

export const listRoles = query({
  name: 'identity.listRoles',
  summary: 'Lists the roles the tenant has defined; those the platform shares may be given besides.',
  route: 'GET /auth/v1/roles',
  input: z.strictObject({}),
  output: z.object({ roles: z.array(ShownRole) }),
  controls: { permission: 'identity.role.read', audit: 'none' },
  reads: 'identity_roles',
  page: { by: ['role'], direction: 'asc', defaultLimit: 100, maxLimit: 500 },
  run: (_input, { tenant }) =>
    sql`select role, description, permissions, shared from identity_roles where tenant_id = ${tenant}`,
  respond: (rows) => ({ roles: rows as z.input<typeof ShownRole>[] }),
});
