import { z } from 'zod';
import { clearRun } from '../../../../commands/audit/retention/clear-run.ts';
import { completeErasure } from '../../../../commands/audit/retention/complete-erasure.ts';
import { withholdErasure } from '../../../../commands/audit/retention/withhold-erasure.ts';
import type { ErasureSubject } from '../../../domain/audit/retention/erasure.ts';
import { SubjectId, SubjectType } from '../../../domain/audit/retention/fields.ts';
import { type Hold, holdsId, LegalHold } from '../../../domain/audit/retention/legal-hold.ts';
import { holdsOnSubject, loadErasure } from '../../../domain/audit/retention/lookups.ts';
import { type WorkerContext, worker } from '../../../kernel/worker.ts';

const Data = z.object({ subjectId: SubjectId, subjectType: SubjectType, requestId: z.uuid() });

/** Shreds the keys of somebody's personal data and has it certified; or withholds it where a hold keeps any of it. May be repeated. */
export const erasePersonalData = worker({
  queue: 'audit.erase-personal-data',
  attempts: 10,
  concurrency: 1,
  process: async (raw, context) => {
    const { requestId, ...subject } = Data.parse(raw);
    const { execute, ports, tenant } = context;
    const { status } = await loadErasure(ports, tenant, subject);
    if (status !== 'requested') return;
    const holds = await keeping(context, subject, requestId);
    if (holds.length > 0) {
      await execute(withholdErasure, { ...subject, holds: holds.map(({ holdId }) => holdId) }, 'withhold');
      return;
    }
    const keyIds = await ports.personal.shred(tenant, { type: subject.subjectType, id: subject.subjectId });
    await execute(completeErasure, { ...subject, keyIds }, 'complete');
  },
});

/** Holds that keep any of it, once all that stood on the log before the clearance can be asked about. */
async function keeping(
  { execute, ports, tenant }: WorkerContext,
  subject: ErasureSubject,
  requestId: string,
): Promise<readonly Hold[]> {
  const part = `erasure ${ports.clock.now()}`;
  const { holds } = (await execute(clearRun, { runId: requestId, part }, `clear ${part}`)) as {
    readonly holds: readonly Hold[];
  };
  if (holds.length === 0) return [];
  let clearedAt = 0n;
  for await (const { position } of ports.readStream(LegalHold.name, tenant, holdsId)) clearedAt = position;
  if (!(await ports.haveSeen(['audit_log'], clearedAt))) throw new Error(`audit_log has not seen ${clearedAt} yet`);
  return holdsOnSubject(ports, tenant, subject, holds);
}
