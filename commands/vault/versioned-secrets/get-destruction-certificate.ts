import { z } from 'zod';
import { PathVersion, SecretId, Version } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { findVersion } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { readStored } from '../../../src/domain/vault/versioned-secrets/stored-event.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { isRejection, reject } from '../../../src/kernel/rejection.ts';

const anything = z.record(z.string(), z.unknown());

export const getDestructionCertificate = operation({
  name: 'vault.getDestructionCertificate',
  summary:
    'The signed certificate that the key of a destroyed version is gone. It is there seconds after the destruction; until then 404.',
  route: 'GET /vault/v1/versioned-secrets/:secretId/versions/:version/destruction-certificate',
  aliases: ['GET /v1/versioned-secrets/:secretId/versions/:version/destruction-certificate'],
  input: z.strictObject({ secretId: SecretId, version: PathVersion }),
  output: z.object({
    secretId: SecretId,
    version: Version,
    certificate: anything,
    signature: anything,
  }),
  controls: {
    effect: 'read',
    permission: 'vault.secret.read',
    audit: {
      action: 'vault.secret.read-certificate',
      subject: (input) => input.secretId,
      details: ({ version }) => ({ version }),
    },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { SecretNotFound: 404, VersionNotFound: 404, CertificateNotFound: 404 },
  perform: async (secret, input, { tenant, ports }) => {
    const found = findVersion(secret, input);
    if (isRejection(found)) return found;
    const { certifiedRevision, state } = found.record;
    if (certifiedRevision === undefined) {
      const why = state === 'destroyed' ? 'its key is being destroyed; ask again in some seconds' : `it is ${state}`;
      return reject('CertificateNotFound', `Version ${input.version} has no destruction certificate: ${why}.`);
    }
    const recorded = { name: 'DestructionRecorded', revision: certifiedRevision } as const;
    const { data } = await readStored(ports, { tenant, secretId: input.secretId }, recorded);
    return { ...input, certificate: data.certificate, signature: data.signature };
  },
});
