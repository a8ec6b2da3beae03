import type { Row } from '../../../kernel/query.ts';
import { sql } from '../../../kernel/sql.ts';
import { type Cell, eventsOf, mostRows, type Scope, type SectionDefinition } from './report-scope.ts';

/** Failures of one account in a day up to which nobody is taken to have guessed at it. */
const toleratedFailures = 10;

/** Users of providers who logged in and passed no second factor in the period, as a table `w`; our own logins know none. */
const withoutSecondFactor = (scope: Scope) => sql`(
    select who, sum(passed) filter (where event_type = 'login')::int as logins,
      max(at) filter (where event_type = 'login') as last_at
    from ${eventsOf(scope)} where provider <> 'local' group by who
    having sum(passed) filter (where event_type = 'login') > 0
      and coalesce(sum(passed) filter (where event_type = 'mfa_challenge'), 0) = 0
  ) as w`;

/** What of others was done in the tenant, as a table `c`. */
const crossings = ({ from, tenant, to }: Scope) => sql`(
    select * from identity_cross_tenant_activity
    where tenant_id = ${tenant} and target_tenant_id = ${tenant} and at >= ${from} and at < ${to}
  ) as c`;

export const controls: SectionDefinition = {
  name: 'controls',
  title: 'Controls',
  columns: ['control', 'holds', 'evidence'],
  statement: (scope) => sql`
    select
      (select count(distinct who)::int from ${eventsOf(scope)}
        where provider <> 'local' and event_type = 'login' and passed > 0) as federated,
      (select count(*)::int from ${withoutSecondFactor(scope)}) as single,
      (select coalesce(max(failures), 0)::int from (
        select sum(failed) as failures from ${eventsOf(scope)}
        where event_type = 'login' group by who, (at at time zone 'UTC')::date
      ) as days) as most,
      (select count(*)::int from ${crossings(scope)}) as crossed`,
  cells: ([row]) => (row === undefined ? [] : judged(row)),
};

function judged(row: Row): readonly (readonly Cell[])[] {
  const of = (name: string): number => Number(row[name]);
  const [federated, single, most, crossed] = [of('federated'), of('single'), of('most'), of('crossed')];
  return [
    [
      'Whoever logs in through a provider passes a second factor there',
      single === 0,
      `${single} of ${federated} users did not`,
    ],
    [
      `No account has more than ${toleratedFailures} failed logins in a day`,
      most <= toleratedFailures,
      `${most} at most`,
    ],
    ['Nobody of another tenant acts in this one', crossed === 0, `${crossed} acts`],
  ];
}

export const usersWithoutSecondFactor: SectionDefinition = {
  name: 'users_without_second_factor',
  title: 'Users of providers who passed no second factor',
  columns: ['user', 'logins', 'last_at'],
  statement: (scope) => sql`
    select who as user, logins, last_at from ${withoutSecondFactor(scope)} order by logins desc, who limit ${mostRows}`,
};

export const reporters: SectionDefinition = {
  name: 'reporters',
  title: 'Who reported what providers saw',
  columns: ['reporter', 'events', 'providers', 'first_at', 'last_at'],
  statement: (scope) => sql`
    select claimed_by as reporter, count(*)::int as events, count(distinct provider)::int as providers, min(at) as first_at,
      max(at) as last_at
    from ${eventsOf(scope)} where claimed_by is not null group by claimed_by order by 2 desc, 1 limit ${mostRows}`,
};

export const actsOfOthers: SectionDefinition = {
  name: 'acts_of_other_tenants',
  title: 'Acts of other tenants in this one',
  columns: ['operation', 'source_tenant', 'acts', 'last_at'],
  statement: (scope) => sql`
    select operation, source_tenant_id as source_tenant, count(*)::int as acts, max(at) as last_at
    from ${crossings(scope)} group by 1, 2 order by 3 desc, 1, 2 limit ${mostRows}`,
};
