import { z } from 'zod';
import { worker } from '../../kernel/worker.ts';

const Data = z.object({ keyId: z.string() });

/** Shreds the data key of a password's hash. May be repeated. */
export const shredPasswordKey = worker({
  queue: 'identity.shred-password-key',
  attempts: 10,
  concurrency: 2,
  process: async (data, { ports, tenant }) => ports.sealer.shred(tenant, Data.parse(data).keyId),
});
