import { Plan } from '../../src/domain/tenancy/plan.ts';
import type { Fact } from '../../src/kernel/aggregate.ts';
import { projection } from '../../src/kernel/projection.ts';
import { type Sql, sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

interface Terms {
  readonly plan: string;
  readonly name: string;
  readonly monthlyPriceCents: number;
  readonly entitlements: readonly string[];
  readonly quotas: Readonly<Record<string, number>>;
  readonly ratePerMinute: number;
}

const put = (terms: Terms, { at, tenant }: Fact): readonly Sql[] => {
  const { entitlements, monthlyPriceCents: cents, name, plan, quotas, ratePerMinute: rate } = terms;
  return [
    sql`insert into tenancy_plans (tenant_id, plan, name, monthly_price_cents, entitlements, quotas, rate_per_minute, changed_at)
      values (${tenant}, ${plan}, ${name}, ${cents}, ${entitlements}::text[], ${quotas}::jsonb, ${rate}, ${at})
      on conflict (tenant_id, plan) do update set (name, monthly_price_cents, entitlements, quotas, rate_per_minute, changed_at) =
        (excluded.name, excluded.monthly_price_cents, excluded.entitlements, excluded.quotas, excluded.rate_per_minute,
        excluded.changed_at)`,
  ];
};

/** tenancy_plans: one row a plan, as it stands now. */
export const tenancyPlans = projection({
  name: 'tenancy_plans',
  version: 1,
  table: `create table tenancy_plans (
    tenant_id text not null,
    plan text not null,
    name text not null,
    monthly_price_cents bigint not null,
    entitlements text[] not null,
    quotas jsonb not null,
    rate_per_minute integer not null,
    changed_at timestamptz not null,
    primary key (tenant_id, plan)
  );`,
  on: when(Plan, { Defined: put, Changed: put }),
});
