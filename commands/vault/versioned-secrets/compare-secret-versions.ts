import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { SecretId, Version } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { type FoundVersion, findLiveVersion } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { valueMac } from '../../../src/domain/vault/versioned-secrets/sealed-value.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { isRejection } from '../../../src/kernel/rejection.ts';

const compared = z.object({ version: Version, createdAt: z.string(), hash: z.string() });

export const compareSecretVersions = operation({
  name: 'vault.compareSecretVersions',
  summary:
    'Says whether two versions hold the same value. hash is a MAC under a key of the tenant, so it confirms no guess. As it answers about values it asks for the permission to open them.',
  route: 'POST /vault/v1/versioned-secrets/:secretId/compare',
  aliases: ['POST /v1/versioned-secrets/:secretId/compare'],
  input: z.strictObject({ secretId: SecretId, version1: Version, version2: Version }),
  output: z.object({ secretId: SecretId, version1: compared, version2: compared, different: z.boolean() }),
  controls: {
    effect: 'read',
    permission: 'vault.secret.open',
    audit: {
      action: 'vault.secret.compare',
      subject: (input) => input.secretId,
      details: ({ version1, version2 }) => ({ version: version1, comparedWith: version2 }),
    },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: { SecretNotFound: 404, VersionNotFound: 404, VersionDestroyed: 410 },
  perform: async (secret, { secretId, version1, version2 }, { tenant, ports }) => {
    const first = findLiveVersion(secret, { secretId, version: version1 });
    if (isRejection(first)) return first;
    const second = findLiveVersion(secret, { secretId, version: version2 });
    if (isRejection(second)) return second;
    const mac = ({ version, record }: FoundVersion) => valueMac(ports, { tenant, secretId, version }, record);
    const [mac1, mac2] = await Promise.all([mac(first), mac(second)]);
    if (isRejection(mac1)) return mac1;
    if (isRejection(mac2)) return mac2;
    return {
      secretId,
      version1: { version: version1, createdAt: first.record.createdAt, hash: mac1.toString('hex') },
      version2: { version: version2, createdAt: second.record.createdAt, hash: mac2.toString('hex') },
      different: !timingSafeEqual(mac1, mac2),
    };
  },
});
