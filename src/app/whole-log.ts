import type { Database } from '../adapters/postgres/database.ts';
import { type EventLog, LogBehind } from '../kernel/log.ts';
import { sql } from '../kernel/sql.ts';

/**
 * Read models that have seen more than the log holds would pass over what is written next.
 *
 * @throws {LogBehind} the log was restored from an older copy, and the database was not
 */
export async function requireWholeLog(log: EventLog, reader: Database): Promise<void> {
  const [row] = await reader.run(sql`select max(position) as seen from kernel.projections where state = 'live'`);
  const seen = row?.['seen'] as bigint | null | undefined;
  const head = await log.head();
  if (seen !== null && seen !== undefined && seen > (head ?? 0n)) throw new LogBehind(seen, head);
}
