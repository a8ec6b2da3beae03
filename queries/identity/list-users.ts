import { z } from 'zod';
import { ListedUser, listedUser } from '../../src/domain/identity/listed.ts';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

export const listUsers = query({
  name: 'identity.listUsers',
  summary: 'Lists the tenant’s accounts by e-mail address.',
  route: 'GET /auth/v1/users',
  input: z.strictObject({ status: z.enum(['active', 'locked', 'removed']).optional() }),
  output: z.object({ users: z.array(ListedUser) }),
  controls: { permission: 'identity.user.read', audit: 'none' },
  reads: 'identity_users',
  page: { by: ['email', 'user_id'], direction: 'asc', defaultLimit: 50, maxLimit: 500 },
  run: ({ status }, { tenant }) => sql`
    select * from identity_users
    where tenant_id = ${tenant} and (${status}::text is null or status = ${status})`,
  respond: (rows) => ({ users: rows.map(listedUser) }),
});
