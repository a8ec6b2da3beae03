import { joinSql, rawSql, type Sql, sql } from '../../../kernel/sql.ts';
import type { RetentionScope } from './fields.ts';
import type { Hold } from './legal-hold.ts';

/** What a run takes: preview and execution ask with the same. */
export interface Selection {
  readonly tenant: string;
  readonly scope: RetentionScope;
  /** ISO 8601, UTC: entries before it. */
  readonly cutoff: string;
  /** Entries of the tree of this size. */
  readonly size: number;
  readonly holds: readonly Hold[];
}

/** What of an entry decides whether it is taken. */
export interface Candidate {
  readonly index: number;
  readonly type: string;
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
  readonly service: string;
  readonly at: string;
}

/** What tells of the audit's own keeping is kept for ever: it shows what went, when, and by whose word. */
const ownRecords = ['Checkpoint', 'Erasure', 'LegalHold', 'RetentionPolicy', 'RetentionRun'].map(
  (name) => `audit.${name}.`,
);

/** Whether an entry is old enough and in scope, whatever holds it. */
export function isExpired(entry: Candidate, { cutoff, scope, size }: Selection): boolean {
  const { action, at, index, service, type } = entry;
  if (index >= size || at === '' || at >= cutoff || ownRecords.some((own) => type.startsWith(own))) return false;
  if (scope.services.length > 0 && !scope.services.includes(service)) return false;
  return scope.eventTypes.length === 0 || matches(scope.eventTypes, type, action);
}

/** Whether a hold keeps an entry. */
export function isHeld(entry: Candidate, holds: readonly Hold[]): boolean {
  return holds.some(({ scope: { eventTypes, from, subjects, until } }) => {
    if (from !== undefined && entry.at < from) return false;
    if (until !== undefined && entry.at >= until) return false;
    if (subjects.length > 0 && !subjects.includes(entry.subject) && !subjects.includes(entry.actor)) return false;
    return eventTypes.length === 0 || matches(eventTypes, entry.type, entry.action);
  });
}

/** Whether a run takes an entry: expired, and a hold wins over everything. */
export function isSelected(entry: Candidate, selection: Selection): boolean {
  return isExpired(entry, selection) && !isHeld(entry, selection.holds);
}

function matches(patterns: readonly string[], ...words: readonly string[]): boolean {
  return patterns.some((pattern) =>
    words.some((word) => (pattern.endsWith('.*') ? word.startsWith(pattern.slice(0, -1)) : word === pattern)),
  );
}

/** The condition of `isExpired` over rows of `audit_entries`. */
export function expiredWhere({ cutoff, scope, size, tenant }: Selection): Sql {
  const { eventTypes, services } = scope;
  return allOf([
    sql`tenant_id = ${tenant} and index < ${size}::bigint and at <> '' and at < ${cutoff}`,
    ...ownRecords.map((own) => sql`not starts_with(type, ${own})`),
    ...(services.length === 0 ? [] : [sql`service = any(${services}::text[])`]),
    ...(eventTypes.length === 0 ? [] : [matchesSql(eventTypes)]),
  ]);
}

/** The condition of `isSelected` over rows of `audit_entries`. */
export function selectedWhere(selection: Selection): Sql {
  return allOf([expiredWhere(selection), ...selection.holds.map((hold) => sql`not (${heldSql(hold)})`)]);
}

/** The condition of `isHeld` over rows of `audit_entries`, for one hold. */
export function heldSql({ scope: { eventTypes, from, subjects, until } }: Hold): Sql {
  return allOf([
    ...(from === undefined ? [] : [sql`at >= ${from}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
    ...(subjects.length === 0
      ? []
      : [sql`(subject = any(${subjects}::text[]) or actor_id = any(${subjects}::text[]))`]),
    ...(eventTypes.length === 0 ? [] : [matchesSql(eventTypes)]),
  ]);
}

function matchesSql(patterns: readonly string[]): Sql {
  const whole = patterns.filter((pattern) => !pattern.endsWith('.*'));
  const starts = patterns.filter((pattern) => pattern.endsWith('.*')).map((pattern) => pattern.slice(0, -1));
  const one = (column: string): Sql => sql`${rawSql(column)} = any(${whole}::text[]) or exists (
    select from unnest(${starts}::text[]) as start where starts_with(${rawSql(column)}, start))`;
  return sql`(${one('type')} or ${one('action')})`;
}

const allOf = (conditions: readonly Sql[]): Sql => joinSql(conditions, ' and ', rawSql('true'));
