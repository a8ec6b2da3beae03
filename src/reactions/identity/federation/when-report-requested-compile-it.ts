import { FederationReport } from '../../../domain/identity/federation/federation-report.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

export const whenReportRequestedCompileIt = reaction({
  name: 'when-report-requested-compile-it',
  on: when(FederationReport, {
    Requested: ({ reportId, estimatedCompletionAt: _, ...terms }, { position }) => [
      job('identity.compile-federation-report', { reportId, terms, requestedAt: String(position) }),
    ],
  }),
});
