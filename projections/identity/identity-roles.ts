import { Role } from '../../src/domain/identity/role.ts';
import { projection } from '../../src/kernel/projection.ts';
import { sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

/** identity_roles: one row a role the tenant has defined; what the platform shares stands in the platform's own tenant. */
export const identityRoles = projection({
  name: 'identity_roles',
  version: 1,
  table: `create table identity_roles (
    tenant_id text not null,
    role text not null,
    description text not null,
    permissions text[] not null,
    shared boolean not null,
    changed_at timestamptz not null,
    primary key (tenant_id, role)
  );`,
  on: when(Role, {
    Defined: ({ description, permissions, role, shared }, { at, tenant }) => [
      sql`insert into identity_roles (tenant_id, role, description, permissions, shared, changed_at)
        values (${tenant}, ${role}, ${description}, ${permissions}::text[], ${shared}, ${at})`,
    ],
    Changed: ({ description, permissions, role }, { at, tenant }) => [
      sql`update identity_roles set description = ${description}, permissions = ${permissions}::text[], changed_at = ${at}
        where tenant_id = ${tenant} and role = ${role}`,
    ],
    Removed: ({ role }, { tenant }) => [sql`delete from identity_roles where tenant_id = ${tenant} and role = ${role}`],
  }),
});
