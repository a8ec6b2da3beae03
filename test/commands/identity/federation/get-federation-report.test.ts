import { getFederationReport } from '../../../../commands/identity/federation/get-federation-report.ts';
import { reportId } from '../../../support/controls/federation.ts';
import { expectRefusal } from '../../../support/performed.ts';

describe('getFederationReport', () => {
  it('refuses a report that nobody asked for', () =>
    expectRefusal([], getFederationReport, { reportId }, 'ReportNotFound'));
});
