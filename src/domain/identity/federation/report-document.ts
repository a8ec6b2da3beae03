import type { Row } from '../../../kernel/query.ts';
import { type Sql, sql } from '../../../kernel/sql.ts';
import { busiestUsers, byDay, byProvider, byType } from './activity-sections.ts';
import { actsOfOthers, controls, reporters, usersWithoutSecondFactor } from './compliance-sections.ts';
import type { ReportTerms } from './federation-report.ts';
import { type Cell, eventsOf, type Scope, type SectionDefinition } from './report-scope.ts';
import {
  failuresBySource,
  failuresByUser,
  latestFailures,
  loginsAfterFailures,
  secondFactors,
} from './security-sections.ts';

const sections: Readonly<Record<ReportTerms['reportType'], readonly SectionDefinition[]>> = {
  activity: [byType, byProvider, byDay, busiestUsers],
  security: [failuresByUser, failuresBySource, loginsAfterFailures, secondFactors, latestFailures],
  compliance: [controls, byProvider, usersWithoutSecondFactor, reporters, actsOfOthers],
};

/** The read models that reports are made of. */
export const reportReads = ['identity_federation_events', 'identity_cross_tenant_activity'] as const;

export interface ReportSection {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A report as all formats have it. */
export interface ReportDocument {
  readonly reportId: string;
  readonly reportType: ReportTerms['reportType'];
  readonly tenantId: string;
  /** From which on, and before which; ISO 8601, UTC. */
  readonly startDate: string;
  readonly endDate: string;
  /** null: all. */
  readonly providers: readonly string[] | null;
  readonly generatedAt: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly sections: readonly ReportSection[];
}

/** Counts what a report is about. `read` runs a statement under the tenant's row-level security. */
export async function compileReport(
  read: (statement: Sql) => Promise<readonly Row[]>,
  { reportId, tenant, terms }: { readonly reportId: string; readonly tenant: string; readonly terms: ReportTerms },
  generatedAt: string,
): Promise<ReportDocument> {
  const { from, providers, reportType, to } = terms;
  const scope: Scope = { tenant, from, to, providers };
  const [summary = {}] = await read(summaryOf(scope));
  const filled: ReportSection[] = [];
  for (const { cells, columns, name, statement, title } of sections[reportType]) {
    const rows = await read(statement(scope));
    filled.push({
      name,
      title,
      columns,
      rows: cells?.(rows) ?? rows.map((row) => columns.map((at) => cellOf(row[at]))),
    });
  }
  return {
    reportId,
    reportType,
    tenantId: tenant,
    startDate: from,
    endDate: to,
    providers: providers ?? null,
    generatedAt,
    summary: Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, Number(value)])),
    sections: filled,
  };
}

const summaryOf = (scope: Scope): Sql => sql`
  select coalesce(sum(count), 0)::int as events, coalesce(sum(passed), 0)::int as successes,
    coalesce(sum(failed), 0)::int as failures, count(distinct who)::int as users, count(distinct provider)::int as providers
  from ${eventsOf(scope)}`;

function cellOf(value: unknown): Cell {
  return value instanceof Date ? value.toISOString() : (value as Cell);
}
