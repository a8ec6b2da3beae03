import { AddOn } from '../../src/domain/tenancy/add-on.ts';
import type { Fact } from '../../src/kernel/aggregate.ts';
import { projection } from '../../src/kernel/projection.ts';
import { type Sql, sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

interface Terms {
  readonly addOn: string;
  readonly name: string;
  readonly entitlements: readonly string[];
  readonly quotas: Readonly<Record<string, number>>;
}

const put = ({ addOn, entitlements, name, quotas }: Terms, { at, tenant }: Fact): readonly Sql[] => [
  sql`insert into tenancy_add_ons (tenant_id, add_on, name, entitlements, quotas, changed_at)
    values (${tenant}, ${addOn}, ${name}, ${entitlements}::text[], ${quotas}::jsonb, ${at})
    on conflict (tenant_id, add_on) do update set (name, entitlements, quotas, changed_at) =
      (excluded.name, excluded.entitlements, excluded.quotas, excluded.changed_at)`,
];

/** tenancy_add_ons: one row an add-on, as it stands now. */
export const tenancyAddOns = projection({
  name: 'tenancy_add_ons',
  version: 1,
  table: `create table tenancy_add_ons (
    tenant_id text not null,
    add_on text not null,
    name text not null,
    entitlements text[] not null,
    quotas jsonb not null,
    changed_at timestamptz not null,
    primary key (tenant_id, add_on)
  );`,
  on: when(AddOn, { Defined: put, Changed: put }),
});
