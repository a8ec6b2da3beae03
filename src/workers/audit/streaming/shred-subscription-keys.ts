import { z } from 'zod';
import { worker } from '../../../kernel/worker.ts';

const Data = z.object({ keyIds: z.array(z.string()) });

/** Shreds what a deleted subscription's configuration and secrets were sealed under. */
export const shredSubscriptionKeys = worker({
  queue: 'audit.shred-subscription-keys',
  attempts: 10,
  concurrency: 4,
  process: async (data, { tenant, ports }) => {
    for (const keyId of Data.parse(data).keyIds) await ports.sealer.shred(tenant, keyId);
  },
});
