import { z } from 'zod';
import { secretsAsOf } from '../../../src/domain/vault/versioned-secrets/as-of.ts';
import { SecretId } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { secretNotFound } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { SecretSummary, secretSummary } from '../../../src/domain/vault/versioned-secrets/secret-summary.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { query } from '../../../src/kernel/query.ts';

export const getSecret = query({
  name: 'vault.getSecret',
  summary:
    'Tells about one secret, without its value: newest version, versions by state, retention policy; now or asOf.',
  route: 'GET /vault/v1/versioned-secrets/:secretId',
  aliases: ['GET /v1/versioned-secrets/:secretId'],
  input: z.strictObject({ secretId: SecretId, asOf: Instant.optional() }),
  output: SecretSummary,
  controls: {
    permission: 'vault.secret.read',
    audit: { action: 'vault.secret.read-metadata', subject: (input) => input.secretId },
  },
  reads: ['vault_secrets', 'vault_secret_versions', 'vault_secret_policies'],
  rejections: { SecretNotFound: 404 },
  run: ({ secretId, asOf }, { tenant }) => secretsAsOf({ tenant, asOf, secretId }),
  respond: ([row], { secretId }) => (row === undefined ? secretNotFound(secretId) : secretSummary(row)),
});
