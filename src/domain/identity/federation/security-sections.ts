import type { Row } from '../../../kernel/query.ts';
import { sql } from '../../../kernel/sql.ts';
import { type Cell, eventsOf, mostRows, type SectionDefinition } from './report-scope.ts';

/** Failures within an hour before a login after which it looks guessed. */
export const guesses = 5;

export const failuresByUser: SectionDefinition = {
  name: 'failures_by_user',
  title: 'Users with most failures',
  columns: ['user', 'failures', 'last_at'],
  statement: (scope) => sql`
    select who as user, sum(failed)::int as failures, max(at) as last_at
    from ${eventsOf(scope)} where failed > 0 group by who order by sum(failed) desc, who limit ${mostRows}`,
};

/** Pairs of an address and who failed from it that are counted at most, those with most failures. */
const mostPairs = 50_000;

/** An address is sealed for each person apart, so that only here, where it is plain, one can be counted over all of them. */
export const failuresBySource: SectionDefinition = {
  name: 'failures_by_source',
  title: 'Addresses with most failures',
  columns: ['source', 'failures', 'users', 'last_at'],
  statement: (scope) => sql`
    select source, who, sum(failed)::int as failures, max(at) as last_at
    from ${eventsOf(scope)} where failed > 0 group by 1, 2 order by 3 desc, 1, 2 limit ${mostPairs}`,
  cells: bySource,
};

function bySource(rows: readonly Row[]): readonly (readonly Cell[])[] {
  const sources = new Map<string, { failures: number; lastAt: Date; readonly users: Set<unknown> }>();
  for (const row of rows) {
    const source = (row['source'] ?? 'unknown') as string;
    const lastAt = row['last_at'] as Date;
    const sum = sources.get(source) ?? { failures: 0, lastAt, users: new Set() };
    sum.failures += row['failures'] as number;
    sum.users.add(row['who']);
    if (lastAt > sum.lastAt) sum.lastAt = lastAt;
    sources.set(source, sum);
  }
  return [...sources]
    .sort(([a, { failures }], [b, { failures: others }]) => others - failures || (a < b ? -1 : 1))
    .slice(0, mostRows)
    .map(([source, { failures, lastAt, users }]) => [source, failures, users.size, lastAt.toISOString()]);
}

export const loginsAfterFailures: SectionDefinition = {
  name: 'logins_after_failures',
  title: `Logins within an hour of ${guesses} failures or more`,
  columns: ['user', 'logins', 'most_failures', 'last_at'],
  statement: (scope) => sql`
    select who as user, count(*)::int as logins, max(before)::int as most_failures, max(at) as last_at
    from (
      select who, at, event_type, outcome, sum(failed) over (
        partition by who order by at range between '1 hour'::interval preceding and current row) as before
      from ${eventsOf(scope)}
    ) as run
    where event_type = 'login' and outcome = 'success' and before >= ${guesses}
    group by who order by max(before) desc, who limit ${mostRows}`,
};

export const secondFactors: SectionDefinition = {
  name: 'second_factors',
  title: 'Second factors asked for, by provider',
  columns: ['provider', 'passed', 'failed', 'users'],
  statement: (scope) => sql`
    select provider, sum(passed)::int as passed, sum(failed)::int as failed, count(distinct user_id)::int as users
    from ${eventsOf(scope)} where event_type = 'mfa_challenge' group by provider order by provider limit ${mostRows}`,
};

export const latestFailures: SectionDefinition = {
  name: 'latest_failures',
  title: 'Latest failures',
  columns: ['event_id', 'at', 'event_type', 'user', 'source', 'attempts'],
  statement: (scope) => sql`
    select event_id, at, event_type, who as user, source, count as attempts
    from ${eventsOf(scope)} where failed > 0 order by position desc, revision desc limit ${mostRows}`,
};
