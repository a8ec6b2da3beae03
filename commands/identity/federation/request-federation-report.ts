import { z } from 'zod';
import {
  FederationReport,
  ReportFormat,
  ReportType,
} from '../../../src/domain/identity/federation/federation-report.ts';
import { Provider } from '../../../src/domain/identity/federation/fields.ts';
import { faultOf, ReportPeriod, spanOf } from '../../../src/domain/identity/federation/report-period.ts';
import { command } from '../../../src/kernel/command.ts';
import { reject } from '../../../src/kernel/rejection.ts';

/** Milliseconds within which a report is there where nothing else waits for the workers. */
const usualMs = 15_000;

export const requestFederationReport = command({
  name: 'identity.requestFederationReport',
  summary:
    'Asks for a report about federated logins, up to now at most. A day given as endDate is part of it, an instant is not.',
  route: 'POST /auth/federation/audit/reports',
  status: 202,
  input: z
    .strictObject({
      reportType: ReportType,
      ...ReportPeriod,
      providers: z.array(Provider).min(1).max(100).optional(),
      format: ReportFormat.default('json'),
    })
    .superRefine((given, { addIssue }) => {
      const fault = faultOf(given);
      if (fault !== undefined) addIssue({ code: 'custom', path: ['endDate'], message: fault });
    }),
  output: z.object({ reportId: z.string(), status: z.literal('pending'), estimatedCompletionAt: z.string() }),
  controls: {
    effect: 'create',
    permission: 'identity.federation.report',
    entitlement: 'identity.federation-audit',
    audit: { action: 'identity.federation.request-report', subject: ({ reportType }) => reportType },
  },
  aggregate: FederationReport,
  stream: (_input, { newId }) => newId('report'),
  rejections: { PeriodAhead: 422 },
  decide: (_, { endDate, format, providers, reportType, startDate }, { newId, now }) => {
    const { from, to } = spanOf({ startDate, endDate });
    if (from >= now) return reject('PeriodAhead', `The period begins at ${from}, which is yet to come.`);
    return [
      FederationReport.events.Requested({
        reportId: newId('report'),
        reportType,
        from,
        to: to < now ? to : now,
        providers,
        format,
        estimatedCompletionAt: new Date(Date.parse(now) + usualMs).toISOString(),
      }),
    ];
  },
  respond: ({ estimatedCompletionAt, reportId }) => ({ reportId, status: 'pending' as const, estimatedCompletionAt }),
});
