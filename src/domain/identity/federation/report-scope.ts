import type { Row } from '../../../kernel/query.ts';
import { type Sql, sql } from '../../../kernel/sql.ts';

/** Whose events a report counts, and which. */
export interface Scope {
  readonly tenant: string;
  readonly from: string;
  readonly to: string;
  readonly providers: readonly string[] | undefined;
}

export type Cell = string | number | boolean | null;

/** A table of a report: the first column says what a row is about. */
export interface SectionDefinition {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly statement: (scope: Scope) => Sql;
  /** The cells from the rows, where they are not the columns as they are. */
  readonly cells?: (rows: readonly Row[]) => readonly (readonly Cell[])[];
}

/** Rows a table has at most: a report is read by people, and lists of everything are the exports' to give. */
export const mostRows = 100;

/** The events of a scope, as a table `e`. */
export function eventsOf({ from, providers, tenant, to }: Scope): Sql {
  return sql`(
    select *, provider || '/' || user_id as who, case outcome when 'failure' then count else 0 end as failed,
      case outcome when 'success' then count else 0 end as passed
    from identity_federation_events
    where tenant_id = ${tenant} and at >= ${from} and at < ${to}
      and (${providers ?? null}::text[] is null or provider = any(${providers ?? null}))
  ) as e`;
}
