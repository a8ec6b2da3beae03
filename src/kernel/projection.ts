import type { Sql } from './sql.ts';
import type { Subscription } from './when.ts';

/** A Postgres read model. */
export interface Projection {
  readonly kind: 'projection';
  /** The table's name: `<ctx>_<things>`. */
  readonly name: string;
  /** Raise to rebuild from the log beside the live table and swap. */
  readonly version: number;
  /** `create table <name> (...)`, and its indexes, each statement ended by `;`. Every table has `tenant_id text not null`. */
  readonly table: string;
  readonly on: readonly Subscription<readonly Sql[]>[];
}

/**
 * Declares a read model. Handlers are pure: rows depend on events alone (no clock, no randomness, no other table), so that a
 * replay gives the same rows, byte for byte.
 */
export function projection(definition: {
  readonly name: string;
  readonly version: number;
  readonly table: string;
  readonly on: Subscription<readonly Sql[]> | readonly Subscription<readonly Sql[]>[];
}): Projection {
  const on = 'handle' in definition.on ? [definition.on] : definition.on;
  return { kind: 'projection', ...definition, on };
}
