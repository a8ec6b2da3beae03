import { z } from 'zod';
import { SecretId } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { secretNotFound } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { destroyDue, dueVersions } from '../../../src/domain/vault/versioned-secrets/retention.ts';
import { currentVersion, Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';

export const enforceSecretRetention = command({
  name: 'vault.enforceSecretRetention',
  summary:
    'Destroys the versions that the retention policy no longer keeps, oldest first and never the newest; 400 at most, versionsRemaining says how many still wait for the next call.',
  route: 'POST /vault/v1/versioned-secrets/:secretId/enforce-retention',
  aliases: ['POST /v1/versioned-secrets/:secretId/enforce-retention'],
  input: z.strictObject({ secretId: SecretId }),
  output: z.object({
    secretId: SecretId,
    versionsDeleted: z.int(),
    versionsRetained: z.int(),
    versionsRemaining: z.int(),
  }),
  controls: {
    effect: 'remove',
    permission: 'vault.secret.destroy',
    audit: { action: 'vault.secret.enforce-retention', subject: (input) => input.secretId },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { SecretNotFound: 404 },
  decide: (secret, { secretId }, { now }) =>
    currentVersion(secret) === 0 ? secretNotFound(secretId) : destroyDue(secret, secretId, now),
  respond: (secret, { secretId }, { events, context }) => {
    const versionsRemaining = dueVersions(secret, context.now).length;
    const live = secret.versions.count(({ state }) => state !== 'destroyed');
    return {
      secretId,
      versionsDeleted: events.length,
      versionsRetained: live - versionsRemaining,
      versionsRemaining,
    };
  },
});
