import { expect } from 'chai';
import { downloadFederationReport } from '../../../../commands/identity/federation/download-federation-report.ts';
import { getFederationReport } from '../../../../commands/identity/federation/get-federation-report.ts';
import {
  FederationReport,
  type FederationReportState,
} from '../../../../src/domain/identity/federation/federation-report.ts';
import type { Fact } from '../../../../src/kernel/aggregate.ts';
import { KeyDestroyed } from '../../../../src/kernel/crypto/key-errors.ts';
import type { LogEvent } from '../../../../src/kernel/log.ts';
import type { Ports } from '../../../../src/kernel/ports.ts';
import { reportCompleted, reportFailed, reportId, reportRequested } from '../../../support/controls/federation.ts';
import { expectRefusal } from '../../../support/performed.ts';
import { rejected } from '../../../support/rejected.ts';
import { testContext } from '../../../support/scenario.ts';

const { evolve, initial } = FederationReport;
const fact = { revision: 1, at: testContext.now } as Fact;
const completed: FederationReportState = evolve.Completed(
  evolve.Requested(initial(), reportRequested.data, fact),
  reportCompleted.data,
  fact,
);

/** Ports that open the document as `open` says. */
function contextWith(open: () => Promise<Buffer>) {
  const stored = { type: 'identity.FederationReport.Completed', data: reportCompleted.data, metadata: {} };
  const readEvent = async () =>
    ({ ...stored, stream: `identity.FederationReport-acme.${reportId}` }) as unknown as LogEvent;
  return {
    ...testContext,
    ports: { readEvent, sealer: { open } } as unknown as Ports,
    principal: { ...testContext, credentialId: undefined },
  };
}

describe('downloadFederationReport', () => {
  it('refuses a report that is not there, or has no document', async () => {
    await expectRefusal([], downloadFederationReport, { reportId }, 'ReportNotFound');
    await expectRefusal([reportRequested], downloadFederationReport, { reportId }, 'ReportNotCompleted');
    await expectRefusal([reportRequested, reportFailed], downloadFederationReport, { reportId }, 'ReportNotCompleted');
  });

  it('refuses one whose key is destroyed, and reading the report shows it without its data', async () => {
    const context = contextWith(() => Promise.reject(new KeyDestroyed('gone')));
    const answer = await downloadFederationReport.perform(completed, { reportId }, context);
    expect(answer).to.include({ code: 'DocumentDestroyed' });
    const shown = await getFederationReport.perform(completed, { reportId }, context);
    expect(shown).to.include({ status: 'completed', data: null, downloadUrl: null });
  });

  it('gives no document that is not the one it was completed with', async () => {
    const right = contextWith(async () => Buffer.from('{}'));
    expect(await downloadFederationReport.perform(completed, { reportId }, right)).to.include({ kind: 'file' });
    const other = contextWith(async () => Buffer.from('{"x":1}'));
    const error = await rejected(downloadFederationReport.perform(completed, { reportId }, other));
    expect(error.message).to.include('not the one');
  });
});
