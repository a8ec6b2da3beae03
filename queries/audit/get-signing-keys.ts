import { z } from 'zod';
import { operation } from '../../src/kernel/operation.ts';

export const getSigningKeys = operation({
  name: 'audit.getSigningKeys',
  summary: 'The public keys that certificates and checkpoints are checked with, away from here. Keep a copy you trust.',
  route: 'GET /audit/v1/signing-keys',
  aliases: ['GET /v1/signing-keys'],
  input: z.strictObject({}),
  output: z.object({ keys: z.record(z.string(), z.unknown()) }),
  controls: {
    effect: 'read',
    permission: 'authenticated',
    audit: { action: 'audit.signing-keys.read', subject: () => 'signing-keys' },
  },
  perform: async (_, _input, { ports }) => ({ keys: { ...(await ports.signer.publicKeys()) } }),
});
