import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { Provider } from './fields.ts';

export const ReportType = z.enum(['compliance', 'activity', 'security']);
export const ReportFormat = z.enum(['json', 'pdf', 'csv']);
export const ReportId = z.uuid();

/** What a report is to be about: from the one instant on and before the other, of all providers where none is named. */
export const ReportTerms = z.object({
  reportType: ReportType,
  from: z.string(),
  to: z.string(),
  providers: z.array(Provider).optional(),
  format: ReportFormat,
});

export type ReportTerms = z.output<typeof ReportTerms>;

/** Bytes a report's document may have: sealed and in base64 it is one event, well below what one append may have. */
export const maxDocumentBytes = 512 * 1024;

export interface FederationReportState {
  readonly status: 'absent' | 'pending' | 'completed' | 'failed';
  readonly reportId: string;
  readonly terms: ReportTerms | undefined;
  readonly createdAt: string;
  readonly estimatedCompletionAt: string;
  readonly completedAt: string | undefined;
  /** Where in the stream the document is. */
  readonly completedRevision: number | undefined;
  /** Of the document, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Why there is none. */
  readonly failure: string | undefined;
}

/** A report about federated logins: asked for, then compiled by a worker into a sealed document. */
export const FederationReport = aggregate({
  name: 'identity.FederationReport',
  events: {
    Requested: z.object({ reportId: ReportId, ...ReportTerms.shape, estimatedCompletionAt: z.string() }),
    Completed: z.object({
      reportId: ReportId,
      sha256: z.string(),
      bytes: z.int(),
      document: z.object({ keyId: z.string(), sealed: z.string() }),
    }),
    Failed: z.object({ reportId: ReportId, reason: z.string() }),
  },
  initial: (): FederationReportState => ({
    status: 'absent',
    reportId: '',
    terms: undefined,
    createdAt: '',
    estimatedCompletionAt: '',
    completedAt: undefined,
    completedRevision: undefined,
    sha256: '',
    bytes: 0,
    failure: undefined,
  }),
  evolve: {
    Requested: (report, { estimatedCompletionAt, reportId, ...terms }, { at }) => ({
      ...report,
      status: 'pending',
      reportId,
      terms,
      estimatedCompletionAt,
      createdAt: at,
    }),
    Completed: (report, { bytes, sha256 }, { at, revision }) => ({
      ...report,
      status: 'completed',
      completedAt: at,
      completedRevision: revision,
      sha256,
      bytes,
    }),
    Failed: (report, { reason }, { at }) => ({ ...report, status: 'failed', completedAt: at, failure: reason }),
  },
});

/** Where a report's document is sealed: under a key of its own. */
export function reportSeal(tenant: string, id: string) {
  return { tenant, type: 'identity.federation-report', id, version: 1, purpose: 'document' };
}

/** A report's media type, by its format. */
export const mediaTypes: Readonly<Record<ReportTerms['format'], string>> = {
  json: 'application/json',
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8',
};
