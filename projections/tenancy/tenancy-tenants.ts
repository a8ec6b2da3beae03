import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import type { Fact } from '../../src/kernel/aggregate.ts';
import { projection } from '../../src/kernel/projection.ts';
import { type Sql, sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

const change = (set: Sql, id: string, { at, tenant }: Fact): readonly Sql[] => [
  sql`update tenancy_tenants set ${set}, changed_at = ${at} where tenant_id = ${tenant} and id = ${id}`,
];

/** tenancy_tenants: one row a tenant, deleted ones too. `tenant_id` is the platform's, which alone may see them. */
export const tenancyTenants = projection({
  name: 'tenancy_tenants',
  version: 1,
  table: `create table tenancy_tenants (
    tenant_id text not null,
    id text not null,
    slug text not null,
    name text not null,
    status text not null,
    plan text not null,
    add_ons text[] not null,
    quotas jsonb not null,
    settings jsonb not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (tenant_id, id)
  );
  create index on tenancy_tenants (tenant_id, slug, id);`,
  on: when(Tenant, {
    Created: ({ name, plan, slug, tenantId }, { at, tenant }) => [
      sql`insert into tenancy_tenants (tenant_id, id, slug, name, status, plan, add_ons, quotas, settings, created_at, changed_at)
        values (${tenant}, ${tenantId}, ${slug}, ${name}, 'active', ${plan}, '{}', '{}', '{}', ${at}, ${at})`,
    ],
    Suspended: ({ tenantId }, fact) => change(sql`status = 'suspended'`, tenantId, fact),
    Resumed: ({ tenantId }, fact) => change(sql`status = 'active'`, tenantId, fact),
    Deleted: ({ tenantId }, fact) => change(sql`status = 'deleted'`, tenantId, fact),
    PlanChanged: ({ plan, tenantId }, fact) => change(sql`plan = ${plan}`, tenantId, fact),
    AddOnAdded: ({ addOn, tenantId }, fact) =>
      change(sql`add_ons = array_append(add_ons, ${addOn}::text)`, tenantId, fact),
    AddOnRemoved: ({ addOn, tenantId }, fact) =>
      change(sql`add_ons = array_remove(add_ons, ${addOn}::text)`, tenantId, fact),
    QuotaOverridden: ({ meter, tenantId, units }, fact) =>
      change(
        units === null
          ? sql`quotas = quotas - ${meter}::text`
          : sql`quotas = quotas || jsonb_build_object(${meter}::text, ${units}::bigint)`,
        tenantId,
        fact,
      ),
    SettingsChanged: ({ settings, tenantId }, fact) =>
      change(sql`settings = settings || ${settings}::jsonb`, tenantId, fact),
  }),
});
