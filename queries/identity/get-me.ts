import { z } from 'zod';
import { ListedUser, listedUser } from '../../src/domain/identity/listed.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';

export const getMe = query({
  name: 'identity.getMe',
  summary: 'Says who the caller is and what they may do.',
  route: 'GET /auth/me',
  aliases: ['GET /auth/v1/me', 'GET /api/auth/me'],
  input: z.strictObject({}),
  output: ListedUser.extend({ tenantId: z.string(), permissions: z.array(z.string()) }),
  controls: { permission: 'authenticated', audit: 'none' },
  reads: 'identity_users',
  rejections: { UserNotFound: 404 },
  run: (_input, { actor, tenant }) =>
    sql`select * from identity_users where tenant_id = ${tenant} and user_id = ${actor.id}`,
  respond: ([row], _input, { permissions, tenant }) =>
    row === undefined
      ? reject('UserNotFound')
      : { ...listedUser(row), tenantId: tenant, permissions: [...permissions] },
});
