import { User } from '../../src/domain/identity/user.ts';
import type { Fact } from '../../src/kernel/aggregate.ts';
import { projection } from '../../src/kernel/projection.ts';
import { type Sql, sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

const change = (set: Sql, userId: string, { at, tenant }: Fact): readonly Sql[] => [
  sql`update identity_users set ${set}, changed_at = ${at} where tenant_id = ${tenant} and user_id = ${userId}`,
];

/** identity_users: one row an account, removed ones too, so that the trail can still name them. */
export const identityUsers = projection({
  name: 'identity_users',
  version: 1,
  table: `create table identity_users (
    tenant_id text not null,
    user_id text not null,
    email text not null,
    name text not null,
    status text not null,
    roles text[] not null,
    registered_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (tenant_id, user_id)
  );
  create index on identity_users (tenant_id, email, user_id);`,
  on: when(User, {
    Registered: ({ email, name, roles, userId }, { at, tenant }) => [
      sql`insert into identity_users (tenant_id, user_id, email, name, status, roles, registered_at, changed_at)
        values (${tenant}, ${userId}, ${email}, ${name}, 'active', ${roles}::text[], ${at}, ${at})`,
    ],
    PasswordChanged: ({ userId }, fact) => change(sql`status = status`, userId, fact),
    Locked: ({ userId }, fact) => change(sql`status = 'locked'`, userId, fact),
    Unlocked: ({ userId }, fact) => change(sql`status = 'active'`, userId, fact),
    Removed: ({ userId }, fact) => change(sql`status = 'removed', roles = '{}'`, userId, fact),
    RoleGranted: ({ role, userId }, fact) => change(sql`roles = array_append(roles, ${role}::text)`, userId, fact),
    RoleRevoked: ({ role, userId }, fact) => change(sql`roles = array_remove(roles, ${role}::text)`, userId, fact),
  }),
});
