import { z } from 'zod';
import { certify } from '../../../src/domain/vault/versioned-secrets/destruction.ts';
import { SecretId, Version } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { findVersion } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';
import type { SignedCertificate } from '../../../src/kernel/crypto/certificate.ts';
import { isRejection, reject } from '../../../src/kernel/rejection.ts';

export const recordSecretDestruction = command({
  name: 'vault.recordSecretDestruction',
  summary: 'Finds that the key of a destroyed version is gone and records a signed certificate of it, once.',
  input: z.strictObject({ secretId: SecretId, version: Version }),
  output: z.object({ secretId: SecretId, version: Version }),
  controls: {
    effect: 'remove',
    permission: 'vault.secret.destroy',
    audit: {
      action: 'vault.secret.certify-destruction',
      subject: (input) => input.secretId,
      details: ({ version }) => ({ version }),
    },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { SecretNotFound: 404, VersionNotFound: 404, VersionNotDestroyed: 409 },
  validate: (secret, input) => {
    const found = findVersion(secret, input);
    if (isRejection(found)) return found;
    if (found.record.state === 'destroyed') return undefined;
    return reject('VersionNotDestroyed', `Version ${input.version} is ${found.record.state}.`);
  },
  prepare: async (secret, input, { now, tenant, ports, newId }) => {
    const record = secret.versions.get(input.version - 1);
    if (record === undefined || record.certifiedRevision !== undefined) return undefined;
    return certify(ports, { ...input, tenant, now, certificateId: newId('certificate') }, record);
  },
  decide: (_, { secretId, version }, { prepared }: { readonly prepared: SignedCertificate | undefined }) =>
    prepared === undefined ? [] : [Secret.events.DestructionRecorded({ secretId, version, ...prepared })],
  respond: (_, { secretId, version }) => ({ secretId, version }),
});
