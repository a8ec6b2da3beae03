import { z } from 'zod';
import { secretsAsOf, versionsAsOf } from '../../../src/domain/vault/versioned-secrets/as-of.ts';
import { SecretId, Version, VersionState } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { secretNotFound } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { isoTime } from '../../../src/domain/vault/versioned-secrets/secret-summary.ts';
import { WrittenMetadata } from '../../../src/domain/vault/versioned-secrets/written-metadata.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { query, type Row } from '../../../src/kernel/query.ts';

const entry = z.object({
  version: Version,
  state: VersionState,
  createdAt: z.string(),
  createdBy: z.string(),
  metadata: WrittenMetadata,
  /** Length of the value in UTF-8. */
  bytes: z.int(),
  deprecatedAt: z.string().nullable(),
  destroyedAt: z.string().nullable(),
  destructionCertifiedAt: z.string().nullable(),
});

export const getSecretHistory = query({
  name: 'vault.getSecretHistory',
  summary: 'Lists the versions of a secret, newest first, with their states; asOf tells it as it was at an instant.',
  route: 'GET /vault/v1/versioned-secrets/:secretId/history',
  aliases: ['GET /v1/versioned-secrets/:secretId/history'],
  input: z.strictObject({ secretId: SecretId, asOf: Instant.optional() }),
  output: z.object({ secretId: SecretId, versions: z.array(entry) }),
  controls: {
    permission: 'vault.secret.read',
    audit: { action: 'vault.secret.read-history', subject: (input) => input.secretId },
  },
  reads: ['vault_secret_versions', 'vault_secrets'],
  rejections: { SecretNotFound: 404 },
  page: { by: ['version'], direction: 'desc', defaultLimit: 100, maxLimit: 1_000 },
  parent: {
    run: ({ secretId }, { tenant }) => secretsAsOf({ tenant, asOf: undefined, secretId }),
    missing: ({ secretId }) => secretNotFound(secretId),
  },
  run: ({ secretId, asOf }, { tenant }) => versionsAsOf({ tenant, asOf, secretId }),
  respond: (rows, { secretId }) => ({ secretId, versions: rows.map(toEntry) }),
});

function toEntry(row: Row): z.input<typeof entry> {
  const time = (column: string): string | null => (row[column] === null ? null : isoTime(row[column]));
  return {
    version: row['version'] as number,
    state: row['state'] as z.input<typeof VersionState>,
    createdAt: isoTime(row['created_at']),
    createdBy: row['created_by'] as string,
    metadata: row['metadata'] as z.input<typeof WrittenMetadata>,
    bytes: row['bytes'] as number,
    deprecatedAt: time('deprecated_at'),
    destroyedAt: time('destroyed_at'),
    destructionCertifiedAt: time('certified_at'),
  };
}
