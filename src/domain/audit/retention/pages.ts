import type { Row } from '../../../kernel/query.ts';
import { type Sql, sql } from '../../../kernel/sql.ts';
import { entrySize } from './entry-size.ts';
import { hasPayload } from './payloads.ts';
import type { IndexRange } from './retention-run.ts';
import { type Selection, selectedWhere } from './selection.ts';

/** Ranges, and entries that may have payloads, of one event of pruning at most. */
const rangesAtOnce = 4_000;
const payloadsAtOnce = 2_000;

/** Selected entries from an index on. */
export function selectPage(selection: Selection, from: number, max: number): Sql {
  return sql`
    select * from audit_entries
    where ${selectedWhere(selection)} and index >= ${from}::bigint order by index limit ${max}`;
}

/** The same, of each only its index, its size in bytes, and which event it is. */
export function selectIndexes(selection: Selection, from: number, max: number): Sql {
  return sql`
    select index, ${entrySize} as size, event_id, type, stream, revision from audit_entries
    where ${selectedWhere(selection)} and index >= ${from}::bigint order by index limit ${max}`;
}

/** What one event of pruning takes. */
export interface Pruning {
  readonly ranges: readonly IndexRange[];
  readonly entries: number;
  readonly bytes: number;
  /** Behind the last index of it. */
  readonly upTo: number;
}

/** As many of the rows as one event may take, neighbours as ranges. */
export function pruningOf(rows: readonly Row[]): Pruning {
  const ranges: { first: number; last: number }[] = [];
  let [entries, bytes, payloads] = [0, 0, 0];
  for (const row of rows) {
    if (hasPayload(row) && ++payloads > payloadsAtOnce) break;
    const index = Number(row['index']);
    const last = ranges.at(-1);
    if (last?.last === index - 1) last.last = index;
    else if (ranges.length === rangesAtOnce) break;
    else ranges.push({ first: index, last: index });
    entries++;
    bytes += Number(row['size']);
  }
  return { ranges, entries, bytes, upTo: (ranges.at(-1)?.last ?? -1) + 1 };
}
