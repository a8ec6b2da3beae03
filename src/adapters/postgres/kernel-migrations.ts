import type { Migration } from './migrate.ts';
import { schemas } from './migrations/010-schemas.ts';
import { keys } from './migrations/020-keys.ts';
import { effects } from './migrations/040-effects.ts';

/** The kernel's own tables, in order. */
export const kernelMigrations: readonly Migration[] = [schemas, keys, effects];
