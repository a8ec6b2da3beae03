import { type Sql, sql } from '../../../kernel/sql.ts';

interface Wanted {
  readonly tenant: string;
  /** ISO 8601; undefined: now. */
  readonly asOf: string | undefined;
  /** One secret only. */
  readonly secretId?: string;
}

const columns = sql`secret_id, current_version, active, deprecated, destroyed, created_at, created_by, updated_at,
  max_versions, delete_after, auto_destroy`;

/** One row a secret, as vault_secrets has it now or would have had it at an instant. */
export function secretsAsOf({ tenant, asOf, secretId }: Wanted): Sql {
  const one = secretId === undefined ? sql`` : sql`and secret_id = ${secretId}`;
  if (asOf === undefined) return sql`select ${columns} from vault_secrets where tenant_id = ${tenant} ${one}`;
  return sql`
    select secret.secret_id, current_version, active, deprecated, destroyed, created_at, created_by,
      greatest(changed_at, set_at) as updated_at, max_versions, delete_after, coalesce(auto_destroy, false) as auto_destroy
    from (
      select secret_id, max(version) as current_version, min(created_at) as created_at,
        max(created_by) filter (where version = 1) as created_by,
        max(greatest(created_at, deprecated_at, destroyed_at)) as changed_at,
        count(*) filter (where state = 'active')::int as active,
        count(*) filter (where state = 'deprecated')::int as deprecated,
        count(*) filter (where state = 'destroyed')::int as destroyed
      from (${versionsAsOf({ tenant, asOf, ...(secretId === undefined ? {} : { secretId }) })}) as versions
      group by secret_id
    ) as secret
    left join lateral (
      select set_at, max_versions, delete_after, auto_destroy from vault_secret_policies as policy
      where policy.tenant_id = ${tenant} and policy.secret_id = secret.secret_id and set_at <= ${asOf}::timestamptz
      order by revision desc limit 1
    ) as policy on true`;
}

/** One row a version, with the state it has now or had at an instant; what came later is not told. */
export function versionsAsOf({ tenant, asOf, secretId }: Wanted): Sql {
  const one = secretId === undefined ? sql`` : sql`and secret_id = ${secretId}`;
  const instant = sql`${asOf ?? 'infinity'}::timestamptz`;
  return sql`
    select secret_id, version, bytes, metadata, created_at, created_by,
      case when destroyed_at <= ${instant} then 'destroyed' when deprecated_at <= ${instant} then 'deprecated'
        else 'active' end as state,
      case when deprecated_at <= ${instant} then deprecated_at end as deprecated_at,
      case when destroyed_at <= ${instant} then destroyed_at end as destroyed_at,
      case when certified_at <= ${instant} then certified_at end as certified_at
    from vault_secret_versions
    where tenant_id = ${tenant} ${one} and created_at <= ${instant}`;
}
