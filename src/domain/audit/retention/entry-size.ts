import { rawSql, type Sql } from '../../../kernel/sql.ts';
import { entryColumns } from '../entry-rows.ts';

const fixed = { uuid: 16, bigint: 8, int: 4 } as const;

/** Bytes that the values of a row of `audit_entries` take: the same whoever asks, and however. Indexes are not counted. */
export const entrySize: Sql = rawSql(
  Object.entries(entryColumns)
    .map(([column, type]) =>
      type in fixed ? fixed[type as keyof typeof fixed] : `coalesce(octet_length(${column}), 0)`,
    )
    .join(' + '),
);
