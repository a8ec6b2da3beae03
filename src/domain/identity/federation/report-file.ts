import { createHash } from 'node:crypto';
import type { AnyAggregate } from '../../../kernel/aggregate.ts';
import { decodeEvent } from '../../../kernel/codec.ts';
import { KeyDestroyed } from '../../../kernel/crypto/key-errors.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { type Rejection, reject } from '../../../kernel/rejection.ts';
import { FederationReport, type FederationReportState, reportSeal } from './federation-report.ts';

export function reportNotFound(reportId: string): Rejection<'ReportNotFound'> {
  return reject(
    'ReportNotFound',
    `There is no report ${reportId}; GET /auth/federation/audit/reports lists those there are.`,
  );
}

/**
 * The document of a completed report.
 *
 * @returns undefined where its key was destroyed
 * @throws {Error} the stream does not hold what the state says, or the document is not the one that was sealed
 */
export async function openDocument(
  { readEvent, sealer }: Pick<Ports, 'readEvent' | 'sealer'>,
  tenant: string,
  { completedRevision = -1, reportId, sha256 }: FederationReportState,
): Promise<Buffer | undefined> {
  const stored = await readEvent(FederationReport.name, tenant, reportId, completedRevision);
  const decoded = stored && decodeEvent(FederationReport as unknown as AnyAggregate, stored);
  if (decoded?.event.name !== 'Completed') throw new Error(`the report ${reportId} has no document`);
  const { document } = FederationReport.schemas.Completed.parse(decoded.event.data);
  try {
    const bytes = await sealer.open(reportSeal(tenant, reportId), document);
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
    throw new Error(`the document of the report ${reportId} is not the one it was completed with`);
  } catch (error) {
    if (error instanceof KeyDestroyed) return undefined;
    throw error;
  }
}
