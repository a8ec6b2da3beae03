import type { Migration } from '../migrate.ts';

/** A process without the owner's credentials has to see whether its tables are there. */
export const migrationsShown: Migration = {
  id: '045-migrations-shown',
  text: 'grant select on kernel.migrations to :app;',
};
