import { z } from 'zod';
import {
  ExpectedVersion,
  maxValueBodyBytes,
  SecretId,
  SecretValue,
  Version,
  VersionMetadata,
} from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { versionMismatch } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { type SealedValue, sealValue } from '../../../src/domain/vault/versioned-secrets/sealed-value.ts';
import { currentVersion, Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const addSecretVersion = command({
  name: 'vault.addSecretVersion',
  summary:
    'Adds a version to a secret; the first one creates it. expectedVersion makes it conditional: 0 only creates, n only follows version n.',
  route: 'POST /vault/v1/versioned-secrets',
  aliases: ['POST /v1/versioned-secrets'],
  status: 201,
  maxBodyBytes: maxValueBodyBytes,
  input: z.strictObject({
    secretId: SecretId,
    value: SecretValue,
    metadata: VersionMetadata.default({}),
    expectedVersion: ExpectedVersion.optional(),
  }),
  output: z.object({ secretId: SecretId, version: Version, createdAt: z.string() }),
  controls: {
    effect: 'create',
    permission: 'vault.secret.write',
    entitlement: 'vault.versioned-secrets',
    quota: { meter: 'vault.secret_versions', cost: 1 },
    billable: 'vault.secret_version_create',
    audit: { action: 'vault.secret.write', subject: (input) => input.secretId },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { VersionMismatch: 409, ChangedByMismatch: 403 },
  validate: (secret, { expectedVersion, metadata }, { actor }) => {
    if (metadata.changedBy !== undefined && metadata.changedBy !== actor.id) {
      return reject('ChangedByMismatch', `changedBy must name the caller, ${actor.id}, or be left out.`);
    }
    return versionMismatch(secret, expectedVersion);
  },
  prepare: (secret, { secretId, value }, { tenant, ports }) =>
    sealValue(ports, { tenant, secretId, version: currentVersion(secret) + 1 }, Buffer.from(value)),
  decide: (secret, { secretId, metadata }, { prepared }: { readonly prepared: SealedValue }) => [
    Secret.events.VersionAdded({
      secretId,
      version: currentVersion(secret) + 1,
      ...prepared,
      metadata,
      origin: { kind: 'written' },
    }),
  ],
  respond: (secret, { secretId }, { context }) => ({
    secretId,
    version: currentVersion(secret),
    createdAt: context.now,
  }),
});
