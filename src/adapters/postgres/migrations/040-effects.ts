import type { Migration } from '../migrate.ts';

/**
 * Effects that facts have caused, how far each reaction has read, who leads, and when each schedule last ran. For the
 * owner role alone: requests have no business here.
 */
export const effects: Migration = {
  id: '040-effects',
  text: `
    create table kernel.effects (
      effect_key text primary key,
      tenant_id text not null,
      reaction text not null,
      kind text not null check (kind in ('dispatch', 'job', 'held')),
      queue text not null,
      data jsonb not null,
      trace jsonb not null,
      status text not null default 'pending' check (status in ('pending', 'done', 'failed')),
      attempts integer not null default 0,
      last_error text,
      created_at timestamptz not null default now(),
      not_before timestamptz not null default now(),
      enqueued_at timestamptz,
      enqueued_in text,
      claimed_by text,
      claimed_until timestamptz,
      done_at timestamptz
    ) with (fillfactor = 80);
    create index effects_open on kernel.effects (not_before, effect_key) where status <> 'done';
    create index effects_done on kernel.effects (done_at) where status = 'done';

    create table kernel.reaction_checkpoints (
      name text primary key,
      position bigint not null,
      registered_at timestamptz not null default now()
    );

    create table kernel.leases (
      name text primary key,
      holder text not null,
      epoch bigint not null,
      until timestamptz not null
    );

    create table kernel.schedule_runs (
      name text primary key,
      seen_until timestamptz not null,
      last_run_at timestamptz
    );

    alter table kernel.effects enable row level security;
    alter table kernel.effects force row level security;
    create policy owner on kernel.effects to current_user using (true) with check (true);
    alter table kernel.reaction_checkpoints enable row level security;
    alter table kernel.reaction_checkpoints force row level security;
    create policy owner on kernel.reaction_checkpoints to current_user using (true) with check (true);
    alter table kernel.leases enable row level security;
    alter table kernel.leases force row level security;
    create policy owner on kernel.leases to current_user using (true) with check (true);
    alter table kernel.schedule_runs enable row level security;
    alter table kernel.schedule_runs force row level security;
    create policy owner on kernel.schedule_runs to current_user using (true) with check (true);
  `,
};
