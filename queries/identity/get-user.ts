import { z } from 'zod';
import { ListedUser, listedUser } from '../../src/domain/identity/listed.ts';
import { UserId } from '../../src/domain/identity/names.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';

export const getUser = query({
  name: 'identity.getUser',
  summary: 'Reads one account of the tenant.',
  route: 'GET /auth/v1/users/:userId',
  input: z.strictObject({ userId: UserId }),
  output: ListedUser,
  controls: { permission: 'identity.user.read', audit: 'none' },
  reads: 'identity_users',
  rejections: { UserNotFound: 404 },
  run: ({ userId }, { tenant }) =>
    sql`select * from identity_users where tenant_id = ${tenant} and user_id = ${userId}`,
  respond: ([row]) =>
    row === undefined
      ? reject('UserNotFound', 'There is no such user; GET /auth/v1/users lists those there are.')
      : listedUser(row),
});
