import type { Migration } from '../migrate.ts';

/** The schemas, and what the role that serves requests may see of them. */
export const schemas: Migration = {
  id: '010-schemas',
  text: `
    create schema read_models;
    grant usage on schema kernel, read_models to :app;
  `,
};
