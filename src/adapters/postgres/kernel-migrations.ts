import type { Migration } from './migrate.ts';
import { schemas } from './migrations/010-schemas.ts';

/** The kernel's own tables, in order. */
export const kernelMigrations: readonly Migration[] = [schemas];
