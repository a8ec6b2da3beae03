import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import type { Fact } from '../../../src/kernel/aggregate.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** audit_subscriptions: one row a subscription, with where it leads and what became of it. */
export const auditSubscriptions = projection({
  name: 'audit_subscriptions',
  version: 1,
  table: `create table audit_subscriptions (
    tenant_id text not null,
    subscription_id uuid not null,
    name text not null,
    status text not null,
    filters jsonb not null,
    destination jsonb,
    disabled_reason text,
    disabled_detail text,
    failed_deliveries int not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (tenant_id, subscription_id)
  );`,
  on: when(Subscription, {
    Created: ({ subscriptionId, name, filters, destination }, { at, tenant }) => [
      sql`insert into audit_subscriptions (tenant_id, subscription_id, name, status, filters, destination, created_at, changed_at)
        values (${tenant}, ${subscriptionId}, ${name}, 'active', ${filters}, ${destination ?? null}, ${at}, ${at})`,
    ],
    Paused: ({ subscriptionId }, fact) => changed(subscriptionId, fact, 'paused'),
    Resumed: ({ subscriptionId }, fact) => changed(subscriptionId, fact, 'active'),
    Deleted: ({ subscriptionId }, fact) => changed(subscriptionId, fact, 'deleted'),
    Disabled: ({ subscriptionId, reason, detail }, { at, tenant }) => [
      sql`update audit_subscriptions
        set status = 'disabled', disabled_reason = ${reason}, disabled_detail = ${detail}, changed_at = ${at}
        where tenant_id = ${tenant} and subscription_id = ${subscriptionId}`,
    ],
    DeliveryFailed: ({ subscriptionId }, { tenant }) => [
      sql`update audit_subscriptions set failed_deliveries = failed_deliveries + 1
        where tenant_id = ${tenant} and subscription_id = ${subscriptionId}`,
    ],
  }),
});

function changed(subscriptionId: string, { at, tenant }: Fact, status: string): readonly Sql[] {
  return [
    sql`update audit_subscriptions set status = ${status}, disabled_reason = null, disabled_detail = null, changed_at = ${at}
      where tenant_id = ${tenant} and subscription_id = ${subscriptionId}`,
  ];
}
