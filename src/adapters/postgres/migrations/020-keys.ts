import type { Migration } from '../migrate.ts';

/**
 * Wrapped keys, apart from the log so that one can be destroyed while its fact stays. A destroyed key keeps its row and
 * loses its bytes. Keys are written for several tenants in one statement, so inserts pass for any tenant; reading and
 * changing need the tenant of the transaction. The functions set that tenant and ask in one round trip.
 */
export const keys: Migration = {
  id: '020-keys',
  text: `
    create table kernel.keys (
      tenant_id text not null,
      key_id text not null,
      kind text not null check (kind in ('kek', 'data', 'mac')),
      generation integer not null default 0,
      wrapped_by text not null,
      wrapped bytea,
      created_at timestamptz not null default now(),
      destroyed_at timestamptz,
      primary key (tenant_id, key_id),
      check ((wrapped is null) = (destroyed_at is not null))
    );
    create index keys_generation on kernel.keys (tenant_id, kind, generation) where kind <> 'data';
    create index keys_wrapped_by on kernel.keys (wrapped_by) where destroyed_at is null;

    alter table kernel.keys enable row level security;
    alter table kernel.keys force row level security;
    create policy owner on kernel.keys to current_user using (true) with check (true);
    create policy put on kernel.keys for insert to :app with check (true);
    create policy read on kernel.keys for select to :app
      using (tenant_id = current_setting('keyledger.tenant', true));
    create policy change on kernel.keys for update to :app
      using (tenant_id = current_setting('keyledger.tenant', true))
      with check (tenant_id = current_setting('keyledger.tenant', true));
    grant select, insert, update on kernel.keys to :app;

    create function kernel.key_of(of_tenant text, id text) returns setof kernel.keys
    language plpgsql as $$
    begin
      perform set_config('keyledger.tenant', of_tenant, true);
      return query
        select k.tenant_id, k.key_id, k.kind, k.generation, k.wrapped_by,
               case when parent.destroyed_at is null then k.wrapped end, k.created_at,
               coalesce(k.destroyed_at, parent.destroyed_at)
        from kernel.keys k
        left join kernel.keys parent on parent.tenant_id = k.tenant_id and parent.key_id = k.wrapped_by
        where k.tenant_id = of_tenant and k.key_id = id;
    end $$;

    create function kernel.newest_key(of_tenant text, of_kind text) returns setof kernel.keys
    language plpgsql as $$
    begin
      perform set_config('keyledger.tenant', of_tenant, true);
      return query
        select * from kernel.keys k
        where k.tenant_id = of_tenant and k.kind = of_kind and k.kind <> 'data' and k.destroyed_at is null
        order by k.generation desc limit 1;
    end $$;

    create function kernel.destroy_key(of_tenant text, id text) returns void
    language plpgsql as $$
    begin
      perform set_config('keyledger.tenant', of_tenant, true);
      update kernel.keys set wrapped = null, destroyed_at = now()
      where tenant_id = of_tenant and key_id = id and destroyed_at is null;
    end $$;

    create function kernel.rewrap_key(of_tenant text, id text, under text, bytes bytea) returns void
    language plpgsql as $$
    begin
      perform set_config('keyledger.tenant', of_tenant, true);
      update kernel.keys set wrapped = bytes, wrapped_by = under
      where tenant_id = of_tenant and key_id = id and destroyed_at is null;
    end $$;
  `,
};
