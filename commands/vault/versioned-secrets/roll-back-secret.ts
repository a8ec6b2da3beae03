import { z } from 'zod';
import { ExpectedVersion, Reason, SecretId, Version } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { findLiveVersion, versionMismatch } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { openValue, type SealedValue, sealValue } from '../../../src/domain/vault/versioned-secrets/sealed-value.ts';
import { currentVersion, Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';
import { isRejection, reject } from '../../../src/kernel/rejection.ts';

export const rollBackSecret = command({
  name: 'vault.rollBackSecret',
  summary: 'Adds a version with the value of an older one, sealed anew. Nothing is taken away.',
  route: 'POST /vault/v1/versioned-secrets/:secretId/rollback',
  aliases: ['POST /v1/versioned-secrets/:secretId/rollback'],
  input: z.strictObject({
    secretId: SecretId,
    targetVersion: Version,
    reason: Reason.optional(),
    expectedVersion: ExpectedVersion.optional(),
  }),
  output: z.object({ secretId: SecretId, newVersion: Version, rolledBackFrom: Version, rolledBackTo: Version }),
  controls: {
    effect: 'change',
    permission: 'vault.secret.write',
    entitlement: 'vault.versioned-secrets',
    audit: {
      action: 'vault.secret.roll-back',
      subject: (input) => input.secretId,
      details: ({ targetVersion }) => ({ version: targetVersion }),
    },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: {
    SecretNotFound: 404,
    VersionNotFound: 404,
    VersionDestroyed: 410,
    AlreadyCurrent: 409,
    VersionMismatch: 409,
  },
  validate: (secret, { secretId, targetVersion, expectedVersion }) => {
    const found = findLiveVersion(secret, { secretId, version: targetVersion });
    if (isRejection(found)) return found;
    if (targetVersion === currentVersion(secret)) {
      return reject('AlreadyCurrent', `Version ${targetVersion} is the newest already.`, {
        currentVersion: targetVersion,
      });
    }
    return versionMismatch(secret, expectedVersion);
  },
  prepare: async (secret, { secretId, targetVersion }, { tenant, ports }) => {
    const found = findLiveVersion(secret, { secretId, version: targetVersion });
    if (isRejection(found)) return found;
    const opened = await openValue(ports, { tenant, secretId, version: targetVersion }, found.record);
    if (isRejection(opened)) return opened;
    return sealValue(ports, { tenant, secretId, version: currentVersion(secret) + 1 }, opened.value);
  },
  decide: (secret, { secretId, targetVersion, reason }, { prepared }: { readonly prepared: SealedValue }) => [
    Secret.events.VersionAdded({
      secretId,
      version: currentVersion(secret) + 1,
      ...prepared,
      metadata: { reason },
      origin: { kind: 'rollback', from: currentVersion(secret), to: targetVersion },
    }),
  ],
  respond: (secret, { secretId, targetVersion }) => ({
    secretId,
    newVersion: currentVersion(secret),
    rolledBackFrom: currentVersion(secret) - 1,
    rolledBackTo: targetVersion,
  }),
});
