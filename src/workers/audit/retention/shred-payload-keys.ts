import { z } from 'zod';
import { shredKeys } from '../../../domain/audit/retention/payloads.ts';
import { PrunedPayloads, RetentionRun } from '../../../domain/audit/retention/retention-run.ts';
import { worker } from '../../../kernel/worker.ts';

const Data = z.object({ runId: z.uuid(), revision: z.int() });
const Pruned = z.object({ payloads: PrunedPayloads });

/** Shreds the keys that an event of pruning names, also those that are gone. */
export const shredPayloadKeys = worker({
  queue: 'audit.shred-payload-keys',
  attempts: 10,
  concurrency: 1,
  process: async (data, { ports, tenant }) => {
    const { revision, runId } = Data.parse(data);
    const stored = await ports.readEvent(RetentionRun.name, tenant, runId, revision);
    await shredKeys(ports, tenant, Pruned.parse(stored?.data).payloads.keyIds);
  },
});
