import type { Migration } from '../migrate.ts';

/** Folded states of long streams. `json` is text, since its hash is of the bytes. */
export const snapshots: Migration = {
  id: '035-snapshots',
  text: `
    create table kernel.snapshots (
      stream text primary key,
      revision bigint not null,
      version integer not null,
      json text not null,
      hash bytea not null
    );
    grant select, insert, update on kernel.snapshots to :app;
  `,
};
