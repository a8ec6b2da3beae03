import { z } from 'zod';
import { checkpointKeys, SigningKey } from '../../src/domain/audit/signing-key.ts';
import { command } from '../../src/kernel/command.ts';

export const rotateSigningKey = command({
  name: 'audit.rotateSigningKey',
  summary:
    'Replaces the key that signs checkpoints, in all tenants. What was signed before verifies with the older keys, which stay listed.',
  route: 'POST /audit/v1/signing-keys/rotate',
  aliases: ['POST /v1/signing-keys/rotate'],
  input: z.strictObject({ reason: z.string().trim().max(500).default('') }),
  output: z.object({ version: z.int() }),
  controls: {
    effect: 'change',
    permission: 'audit.signing-key.rotate',
    platformOnly: true,
    audit: { action: 'audit.signing-key.rotate', subject: () => checkpointKeys },
  },
  aggregate: SigningKey,
  stream: () => checkpointKeys,
  decide: ({ version }, { reason }) => [SigningKey.events.Rotated({ version: version + 1, reason })],
  respond: ({ version }) => ({ version }),
});
