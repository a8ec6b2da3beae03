import type { Migration } from './migrate.ts';
import { schemas } from './migrations/010-schemas.ts';
import { keys } from './migrations/020-keys.ts';
import { projections } from './migrations/030-projections.ts';
import { snapshots } from './migrations/035-snapshots.ts';
import { snapshotIsolation } from './migrations/036-snapshot-isolation.ts';
import { effects } from './migrations/040-effects.ts';
import { migrationsShown } from './migrations/045-migrations-shown.ts';
import { deliveries } from './migrations/060-deliveries.ts';

/** The kernel's own tables, in order. */
export const kernelMigrations: readonly Migration[] = [
  schemas,
  keys,
  projections,
  snapshots,
  snapshotIsolation,
  effects,
  migrationsShown,
  deliveries,
];
