import type { EventMetadata } from '../../../kernel/codec.ts';
import type { LogEvent } from '../../../kernel/log.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { entryOf } from '../../../kernel/proof/entry.ts';
import type { Row } from '../../../kernel/query.ts';
import { Request } from '../../../kernel/request.ts';
import { type Sql, sql } from '../../../kernel/sql.ts';
import { serviceOf } from '../classify.ts';
import type { Hold } from './legal-hold.ts';
import { isHeld } from './selection.ts';

/** A day all of whose facts about requests are pruned, and how many they are. */
export interface ExpiredDay {
  readonly day: string;
  readonly facts: number;
}

/** Days before another whose facts about requests are all pruned and still on the log. Each day costs a look, not each of its facts. */
export function selectExpiredDays(tenant: string, before: string): Sql {
  const prefix = `${Request.name}-${tenant}.`;
  const next = (after: Sql): Sql => sql`
    select stream from audit_pruned
    where tenant_id = ${tenant} and stream ${after} and stream < ${`${prefix}${before}`} order by stream limit 1`;
  return sql`
    with recursive streams as (
      (${next(sql`>= ${prefix}`)})
      union all
      select (${next(sql`> streams.stream`)}) from streams where stream is not null
    ), days as (
      select stream, substr(stream, ${prefix.length + 1}::int) as day from streams where stream is not null
    )
    select day, facts from days
    cross join lateral (
      select count(*)::int as facts, max(revision) + 1 as numbered from audit_pruned
      where tenant_id = ${tenant} and audit_pruned.stream = days.stream
    ) as counted
    where facts = numbered
      and not exists (select from audit_retention_days as gone where gone.tenant_id = ${tenant} and gone.day = days.day)
      and not exists (
        select from audit_entries as entry
        where entry.tenant_id = ${tenant} and entry.stream = days.stream
          and entry.at >= days.day and entry.at < days.day || 'U'
      )
    order by day`;
}

export function expiredDayFrom(row: Row): ExpiredDay {
  return { day: String(row['day']), facts: Number(row['facts']) };
}

/** The leaves of a day's facts, from a revision on. */
export function selectLeaves(tenant: string, day: string, from: number, max: number): Sql {
  return sql`
    select index, position, leaf from audit_pruned
    where tenant_id = ${tenant} and stream = ${`${Request.name}-${tenant}.${day}`} and revision >= ${from}::bigint
    order by revision limit ${max}`;
}

/** What the facts of a day come to. */
export interface DayOfFacts {
  readonly facts: number;
  readonly bytes: number;
  readonly usage: readonly { readonly meter: string; readonly month: string; readonly units: number }[];
}

/** Reads the facts of a day; undefined where a hold keeps one of them. */
export async function readDay(
  { readStream }: Pick<Ports, 'readStream'>,
  { day, holds, tenant }: { readonly tenant: string; readonly day: string; readonly holds: readonly Hold[] },
): Promise<DayOfFacts | undefined> {
  const usage = new Map<string, { meter: string; month: string; units: number }>();
  let [bytes, facts] = [0, 0];
  for await (const fact of readStream(Request.name, tenant, day)) {
    if (isHeld(candidateOf(fact), holds)) return undefined;
    facts++;
    bytes += Buffer.byteLength(JSON.stringify([fact.data, fact.metadata]));
    addUsage(usage, fact.metadata as Partial<EventMetadata>);
  }
  return { facts, bytes, usage: [...usage.values()] };
}

function addUsage(
  usage: Map<string, { meter: string; month: string; units: number }>,
  { at = '', meter, units = 0 }: Partial<EventMetadata>,
): void {
  if (meter === undefined || units === 0) return;
  const month = at.slice(0, 7);
  const known = usage.get(`${meter} ${month}`) ?? { meter, month, units: 0 };
  usage.set(`${meter} ${month}`, { ...known, units: known.units + units });
}

function candidateOf(fact: LogEvent) {
  const { action, actor, at, operation, subject, type } = entryOf(0, fact);
  return { index: 0, type, action, subject, actor: actor.id, at, service: serviceOf(type, operation) };
}
