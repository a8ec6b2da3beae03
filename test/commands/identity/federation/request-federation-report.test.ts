import { expect } from 'chai';
import { requestFederationReport } from '../../../../commands/identity/federation/request-federation-report.ts';
import { FederationReport } from '../../../../src/domain/identity/federation/federation-report.ts';
import { december, reportRequested } from '../../../support/controls/federation.ts';
import { given, testContext } from '../../../support/scenario.ts';

const asked = { reportType: 'activity', ...december };

describe('requestFederationReport', () => {
  it('asks for whole days, the last one too, and says when it may be there', () => {
    const decided = given([]).when(requestFederationReport, asked);
    const reportId = testContext.newId('report');
    decided.then([FederationReport.events.Requested({ ...reportRequested.data, reportId })]);
    decided.thenAnswered({ reportId, status: 'pending', estimatedCompletionAt: '2026-01-01T00:00:15.000Z' });
  });

  it('asks up to now at most', () => {
    const ends = { startDate: '2025-12-31T23:00:00+01:00', endDate: '2026-01-31', providers: ['okta'], format: 'pdf' };
    const terms = {
      from: '2025-12-31T22:00:00.000Z',
      to: testContext.now,
      providers: ['okta'],
      format: 'pdf' as const,
    };
    given([])
      .when(requestFederationReport, { ...asked, ...ends })
      .then([
        FederationReport.events.Requested({ ...reportRequested.data, reportId: testContext.newId('report'), ...terms }),
      ]);
  });

  it('refuses a period that is yet to come', () => {
    given([])
      .when(requestFederationReport, { ...asked, startDate: '2026-01-01', endDate: '2026-01-02' })
      .thenRejected('PeriodAhead');
  });

  it('takes no period that ends before it begins, or is longer than a year', () => {
    const accepts = (startDate: string, endDate: string): boolean =>
      requestFederationReport.input.safeParse({ ...asked, startDate, endDate }).success;
    expect(accepts('2025-01-01', '2026-01-01')).to.equal(true);
    expect(accepts('2025-01-01', '2026-01-02')).to.equal(false);
    expect(accepts('2025-01-02', '2025-01-01')).to.equal(false);
    expect(accepts('2025-01-01T10:00:00Z', '2025-01-01T11:00:00+01:00')).to.equal(false);
    for (const odd of ['yesterday', '0000-01-01', '9999-12-31', '2025-02-30', '9999-12-31T23:59:59-23:00', '']) {
      expect([accepts(odd, '2025-01-01'), accepts('2025-01-01', odd)], odd).to.deep.equal([false, false]);
    }
  });
});
