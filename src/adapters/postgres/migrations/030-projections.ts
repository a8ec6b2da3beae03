import type { Migration } from '../migrate.ts';

/**
 * Each read model's table sets and their places on the log. A row is a table set: the live one, one being built beside it, or a scratch one.
 * Its lease is the owner, the epoch that fences every batch, and the heartbeat by the database's clock.
 */
export const projections: Migration = {
  id: '030-projections',
  text: `
    create table kernel.projections (
      name text not null,
      generation integer not null,
      version integer not null,
      state text not null check (state in ('live', 'building', 'scratch')),
      schema text not null,
      tables text[] not null,
      position bigint,
      owner text,
      epoch integer not null default 0,
      heartbeat timestamptz not null default clock_timestamp(),
      problem text,
      primary key (name, generation)
    ) with (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
    create unique index projections_live on kernel.projections (name) where state = 'live';

    create table kernel.parked_streams (
      projection text not null,
      generation integer not null,
      stream text not null,
      revision bigint not null,
      position bigint not null,
      reason text not null,
      parked_at timestamptz not null default clock_timestamp(),
      resume boolean not null default false,
      primary key (projection, generation, stream),
      foreign key (projection, generation) references kernel.projections (name, generation) on delete cascade
    );
    grant select on kernel.projections, kernel.parked_streams to :app;
  `,
};
