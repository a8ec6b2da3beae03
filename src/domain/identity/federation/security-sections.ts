import { sql } from '../../../kernel/sql.ts';
import { eventsOf, mostRows, type SectionDefinition } from './report-scope.ts';

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

export const failuresBySource: SectionDefinition = {
  name: 'failures_by_source',
  title: 'Addresses with most failures',
  columns: ['source', 'failures', 'users', 'last_at'],
  statement: (scope) => sql`
    select coalesce(source, 'unknown') as source, sum(failed)::int as failures, count(distinct who)::int as users,
      max(at) as last_at
    from ${eventsOf(scope)} where failed > 0 group by 1 order by 2 desc, 1 limit ${mostRows}`,
};

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
