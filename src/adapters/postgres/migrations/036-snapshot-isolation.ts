import type { Migration } from '../migrate.ts';

/** A snapshot is its tenant's, as the stream's name says; which streams are parked is not for requests to read. */
export const snapshotIsolation: Migration = {
  id: '036-snapshot-isolation',
  text: `
    alter table kernel.snapshots add column tenant_id text not null
      generated always as (split_part(substr(stream, strpos(stream, '-') + 1), '.', 1)) stored;
    alter table kernel.snapshots enable row level security;
    alter table kernel.snapshots force row level security;
    create policy owner on kernel.snapshots to current_user using (true) with check (true);
    create policy tenant on kernel.snapshots to :app
      using (tenant_id = current_setting('keyledger.tenant', true))
      with check (tenant_id = current_setting('keyledger.tenant', true));
    revoke select on kernel.parked_streams from :app;
  `,
};
