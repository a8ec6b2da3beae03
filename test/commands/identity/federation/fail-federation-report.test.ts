import { failFederationReport } from '../../../../commands/identity/federation/fail-federation-report.ts';
import { reportCompleted, reportFailed, reportId, reportRequested } from '../../../support/controls/federation.ts';
import { given } from '../../../support/scenario.ts';

const input = { reportId, reason: 'too long' };

describe('failFederationReport', () => {
  it('says why, unless the report is there already', () => {
    given([reportRequested]).when(failFederationReport, input).then([reportFailed]);
    given([reportRequested, reportCompleted]).when(failFederationReport, input).then([]);
  });

  it('refuses a report that nobody asked for', () => {
    given([]).when(failFederationReport, input).thenRejected('ReportNotFound');
  });
});
