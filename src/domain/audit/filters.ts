import { joinSql, rawSql, type Sql, sql } from '../../kernel/sql.ts';

/** What entries may be looked for by; a field that is absent asks for nothing. */
export interface EntryFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly type?: string | undefined;
  readonly service?: string | undefined;
  readonly outcome?: string | undefined;
  readonly severity?: string | undefined;
  readonly requestId?: string | undefined;
  readonly correlationId?: string | undefined;
  /** ISO 8601, UTC, inclusive. */
  readonly since?: string | undefined;
  /** ISO 8601, UTC, exclusive. */
  readonly until?: string | undefined;
}

const columns = {
  actor: 'actor_id',
  action: 'action',
  subject: 'subject',
  type: 'type',
  service: 'service',
  outcome: 'outcome',
  severity: 'severity',
  requestId: 'request_id',
  correlationId: 'correlation_id',
} as const;

/** The entries of a tenant that a filter lets through, as a condition. */
export function entriesWhere(tenant: string, filter: EntryFilter): Sql {
  const { since, until } = filter;
  const equal = Object.entries(columns).flatMap(([field, column]) => {
    const wanted = filter[field as keyof typeof columns];
    return wanted === undefined ? [] : [sql`${rawSql(column)} = ${wanted}`];
  });
  const times = [
    ...(since === undefined ? [] : [sql`at >= ${since}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
  ];
  return joinSql([sql`tenant_id = ${tenant}`, ...equal, ...times], ' and ');
}
