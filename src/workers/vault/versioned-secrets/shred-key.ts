import { z } from 'zod';
import { recordSecretDestruction } from '../../../../commands/vault/versioned-secrets/record-secret-destruction.ts';
import { worker } from '../../../kernel/worker.ts';

const Data = z.object({ secretId: z.string(), version: z.int(), keyId: z.string() });

/** Shreds the key of a destroyed version, then has the destruction certified. Both may be repeated. */
export const shredKey = worker({
  queue: 'vault.shred-key',
  attempts: 10,
  concurrency: 4,
  process: async (data, { tenant, ports, execute }) => {
    const { secretId, version, keyId } = Data.parse(data);
    await ports.sealer.shred(tenant, keyId);
    await execute(recordSecretDestruction, { secretId, version });
  },
});
