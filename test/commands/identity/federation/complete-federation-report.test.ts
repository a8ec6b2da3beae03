import { completeFederationReport } from '../../../../commands/identity/federation/complete-federation-report.ts';
import {
  reportCompleted,
  reportFailed,
  reportId,
  reportRequested,
  sealedDocument,
} from '../../../support/controls/federation.ts';
import { given } from '../../../support/scenario.ts';

const input = { reportId, document: Buffer.from('{}').toString('base64') };
const sealed = { prepared: sealedDocument };

describe('completeFederationReport', () => {
  it('keeps the sealed document with its hash and size', () => {
    given([reportRequested]).when(completeFederationReport, input, sealed).then([reportCompleted]);
  });

  it('keeps the first document, and none of a report that has failed', () => {
    given([reportRequested, reportCompleted]).when(completeFederationReport, input, sealed).then([]);
    given([reportRequested, reportFailed]).when(completeFederationReport, input, sealed).then([]);
  });

  it('refuses a report that nobody asked for', () => {
    given([]).when(completeFederationReport, input, sealed).thenRejected('ReportNotFound');
  });
});
