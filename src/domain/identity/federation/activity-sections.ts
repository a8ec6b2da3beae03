import { sql } from '../../../kernel/sql.ts';
import { eventsOf, mostRows, type SectionDefinition } from './report-scope.ts';

export const byType: SectionDefinition = {
  name: 'by_type',
  title: 'Events by type',
  columns: ['event_type', 'successes', 'failures'],
  statement: (scope) => sql`
    select event_type, sum(passed)::int as successes, sum(failed)::int as failures
    from ${eventsOf(scope)} group by event_type order by sum(count) desc, event_type limit ${mostRows}`,
};

export const byProvider: SectionDefinition = {
  name: 'by_provider',
  title: 'Events by provider',
  columns: ['provider', 'origin', 'successes', 'failures', 'users', 'last_at'],
  statement: (scope) => sql`
    select provider, case when provider = 'local' then 'observed' else 'claimed' end as origin,
      sum(passed)::int as successes, sum(failed)::int as failures, count(distinct user_id)::int as users, max(at) as last_at
    from ${eventsOf(scope)} group by provider order by sum(count) desc, provider limit ${mostRows}`,
};

export const byDay: SectionDefinition = {
  name: 'by_day',
  title: 'Events by day (UTC)',
  columns: ['day', 'successes', 'failures'],
  statement: (scope) => sql`
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, sum(passed)::int as successes, sum(failed)::int as failures
    from ${eventsOf(scope)} group by 1 order by 1`,
};

export const busiestUsers: SectionDefinition = {
  name: 'busiest_users',
  title: 'Users with most events',
  columns: ['user', 'successes', 'failures', 'last_at'],
  statement: (scope) => sql`
    select who as user, sum(passed)::int as successes, sum(failed)::int as failures, max(at) as last_at
    from ${eventsOf(scope)} group by who order by sum(count) desc, who limit ${mostRows}`,
};
