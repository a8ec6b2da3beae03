import { z } from 'zod';
import {
  PathVersionOrLatest,
  SecretId,
  Version,
  VersionState,
} from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { findLiveVersion } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { openValue } from '../../../src/domain/vault/versioned-secrets/sealed-value.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { versionMetadata, WrittenMetadata } from '../../../src/domain/vault/versioned-secrets/written-metadata.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { isRejection } from '../../../src/kernel/rejection.ts';

const output = z.object({
  secretId: SecretId,
  version: Version,
  value: z.string(),
  state: VersionState,
  createdAt: z.string(),
  metadata: WrittenMetadata,
});

export const openSecretVersion = operation({
  name: 'vault.openSecretVersion',
  summary: 'Opens the value of a version, by its number or as latest. The read is on the log before the value leaves.',
  route: 'GET /vault/v1/versioned-secrets/:secretId/versions/:version',
  aliases: ['GET /v1/versioned-secrets/:secretId/versions/:version'],
  input: z.strictObject({ secretId: SecretId, version: PathVersionOrLatest }),
  output,
  controls: {
    effect: 'read',
    permission: 'vault.secret.open',
    billable: 'vault.secret_version_read',
    audit: {
      action: 'vault.secret.open',
      subject: (input) => input.secretId,
      details: ({ version }, body) => ({ version: (body as z.output<typeof output> | undefined)?.version ?? version }),
    },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { SecretNotFound: 404, VersionNotFound: 404, VersionDestroyed: 410 },
  perform: async (secret, input, { tenant, ports }) => {
    const found = findLiveVersion(secret, input);
    if (isRejection(found)) return found;
    const { version, record } = found;
    const opened = await openValue(ports, { tenant, secretId: input.secretId, version }, record);
    if (isRejection(opened)) return opened;
    const value = opened.value.toString('utf8');
    opened.value.fill(0);
    return {
      secretId: input.secretId,
      version,
      value,
      state: record.state,
      createdAt: record.createdAt,
      metadata: versionMetadata(opened.added, opened.fact),
    };
  },
});
