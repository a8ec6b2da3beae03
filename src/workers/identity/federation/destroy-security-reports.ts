import { z } from 'zod';
import { FederationReport } from '../../../domain/identity/federation/federation-report.ts';
import type { AnyAggregate } from '../../../kernel/aggregate.ts';
import { decodeEvent } from '../../../kernel/codec.ts';
import { sql } from '../../../kernel/sql.ts';
import { type WorkerContext, worker } from '../../../kernel/worker.ts';

const Data = z.object({ erasedAt: z.string() });
const reads = 'identity_federation_reports';

/**
 * Destroys the documents of security reports: they show addresses, and one of them may be of who was erased. Whoever needs one asks for it
 * again, and it is made of what is still known.
 */
export const destroySecurityReports = worker({
  queue: 'identity.destroy-security-reports',
  attempts: 10,
  concurrency: 1,
  process: async (raw, { ports, tenant }) => {
    const erasedAt = BigInt(Data.parse(raw).erasedAt);
    if (!(await ports.haveSeen([reads], erasedAt))) throw new Error(`${reads} has not seen ${erasedAt} yet`);
    const rows = await ports.read(
      tenant,
      sql`
        select report_id from identity_federation_reports
        where tenant_id = ${tenant} and report_type = 'security' and status in ('pending', 'completed')`,
    );
    for (const { report_id: id } of rows) await destroy(ports, tenant, { id: String(id), erasedAt });
  },
});

/** @throws {Error} it was asked for before and is still being made: it may show what is erased, so the job is tried again */
async function destroy(
  { readStream, sealer }: WorkerContext['ports'],
  tenant: string,
  { erasedAt, id }: { readonly id: string; readonly erasedAt: bigint },
): Promise<void> {
  let ended = false;
  for await (const stored of readStream(FederationReport.name, tenant, id)) {
    const { event } = decodeEvent(FederationReport as unknown as AnyAggregate, stored);
    if (event.name === 'Requested' && stored.position > erasedAt) return;
    ended ||= event.name !== 'Requested';
    if (event.name !== 'Completed') continue;
    await sealer.shred(tenant, FederationReport.schemas.Completed.parse(event.data).document.keyId);
  }
  if (!ended) throw new Error(`the report ${id} is still being made`);
}
