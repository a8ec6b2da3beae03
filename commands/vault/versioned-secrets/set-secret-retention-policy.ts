import { z } from 'zod';
import { SecretId } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { secretNotFound } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { RetentionPolicy } from '../../../src/domain/vault/versioned-secrets/retention-policy.ts';
import { currentVersion, Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';

export const setSecretRetentionPolicy = command({
  name: 'vault.setSecretRetentionPolicy',
  summary:
    'Replaces the retention policy of a secret. With autoDestroy a schedule enforces it every ten minutes; without, it waits for enforce-retention.',
  route: 'PUT /vault/v1/versioned-secrets/:secretId/retention-policy',
  aliases: ['PUT /v1/versioned-secrets/:secretId/retention-policy'],
  input: z.strictObject({ secretId: SecretId, ...RetentionPolicy.shape }),
  output: z.object({ secretId: SecretId, retentionPolicy: RetentionPolicy, updatedAt: z.string() }),
  controls: {
    effect: 'change',
    permission: 'vault.secret.configure',
    entitlement: 'vault.versioned-secrets',
    audit: { action: 'vault.secret.set-retention', subject: (input) => input.secretId },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { SecretNotFound: 404 },
  decide: (secret, { secretId, ...policy }) =>
    currentVersion(secret) === 0 ? secretNotFound(secretId) : [Secret.events.RetentionPolicySet({ secretId, policy })],
  respond: (_, { secretId, ...retentionPolicy }, { context }) => ({
    secretId,
    retentionPolicy,
    updatedAt: context.now,
  }),
});
