import type { Migration } from '../migrate.ts';

/**
 * How far each subscription's deliveries have come, what was sent, and each time it was. Written by the one process that delivers; the role
 * that serves requests reads its tenant's rows.
 */
export const deliveries: Migration = {
  id: '060-deliveries',
  text: `
    create table kernel.delivery_feeds (
      tenant_id text not null,
      subscription_id uuid not null,
      feed text not null,
      position bigint not null,
      until bigint,
      done boolean not null default false,
      active_since integer not null default 0,
      failures integer not null default 0,
      held_until timestamptz,
      delivered bigint not null default 0,
      last_delivered_at timestamptz,
      primary key (tenant_id, subscription_id, feed)
    );

    create table kernel.deliveries (
      tenant_id text not null,
      subscription_id uuid not null,
      delivery_id uuid not null,
      replay_id uuid,
      event_id text not null,
      event_type text not null,
      stream text not null,
      revision bigint not null,
      position bigint not null,
      status text not null check (status in ('pending', 'waiting', 'delivered', 'failed')),
      attempts integer not null,
      tries integer not null,
      first_at timestamptz,
      last_at timestamptz,
      next_at timestamptz,
      last_status integer,
      last_error text,
      primary key (tenant_id, delivery_id)
    );
    create index deliveries_listed on kernel.deliveries (tenant_id, subscription_id, position);
    create index deliveries_open on kernel.deliveries (tenant_id, subscription_id) where status in ('pending', 'waiting');
    create index deliveries_old on kernel.deliveries (last_at) where status in ('delivered', 'failed');

    create table kernel.delivery_attempts (
      tenant_id text not null,
      subscription_id uuid not null,
      delivery_id uuid not null,
      attempt integer not null,
      at timestamptz not null,
      duration_ms integer not null,
      ok boolean not null,
      status integer,
      error text,
      answer text,
      primary key (tenant_id, delivery_id, attempt)
    );

    alter table kernel.delivery_feeds enable row level security;
    alter table kernel.delivery_feeds force row level security;
    create policy owner on kernel.delivery_feeds to current_user using (true) with check (true);
    create policy read on kernel.delivery_feeds for select to :app
      using (tenant_id = current_setting('keyledger.tenant', true));
    alter table kernel.deliveries enable row level security;
    alter table kernel.deliveries force row level security;
    create policy owner on kernel.deliveries to current_user using (true) with check (true);
    create policy read on kernel.deliveries for select to :app
      using (tenant_id = current_setting('keyledger.tenant', true));
    alter table kernel.delivery_attempts enable row level security;
    alter table kernel.delivery_attempts force row level security;
    create policy owner on kernel.delivery_attempts to current_user using (true) with check (true);
    create policy read on kernel.delivery_attempts for select to :app
      using (tenant_id = current_setting('keyledger.tenant', true));
    grant select on kernel.delivery_feeds, kernel.deliveries, kernel.delivery_attempts to :app;
  `,
};
