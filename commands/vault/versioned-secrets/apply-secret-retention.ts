import { z } from 'zod';
import { SecretId } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { destroyDue } from '../../../src/domain/vault/versioned-secrets/retention.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';

export const applySecretRetention = command({
  name: 'vault.applySecretRetention',
  summary: 'Enforces a retention policy by the clock, where the policy says autoDestroy by then; else nothing happens.',
  input: z.strictObject({ secretId: SecretId }),
  output: z.object({ secretId: SecretId, versionsDeleted: z.int() }),
  controls: {
    effect: 'remove',
    permission: 'vault.secret.destroy',
    audit: { action: 'vault.secret.apply-retention', subject: (input) => input.secretId },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  decide: (secret, { secretId }, { now }) =>
    secret.policy?.autoDestroy === true ? destroyDue(secret, secretId, now) : [],
  respond: (_, { secretId }, { events }) => ({ secretId, versionsDeleted: events.length }),
});
