import { z } from 'zod';
import {
  PathVersion,
  Reason,
  SecretId,
  Version,
  VersionState,
} from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { findVersion } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { command } from '../../../src/kernel/command.ts';
import { permits } from '../../../src/kernel/principal.ts';
import { isRejection, reject } from '../../../src/kernel/rejection.ts';

export const changeSecretVersionState = command({
  name: 'vault.changeSecretVersionState',
  summary:
    'Deprecates a version (it can still be read) or destroys it (for ever; needs vault.secret.destroy). The way is active, deprecated, destroyed, and never back.',
  route: 'PATCH /vault/v1/versioned-secrets/:secretId/versions/:version/state',
  aliases: ['PATCH /v1/versioned-secrets/:secretId/versions/:version/state'],
  input: z.strictObject({
    secretId: SecretId,
    version: PathVersion,
    state: z.enum(['deprecated', 'destroyed']),
    reason: Reason.optional(),
  }),
  output: z.object({ secretId: SecretId, version: Version, state: VersionState, updatedAt: z.string() }),
  controls: {
    effect: 'remove',
    permission: 'vault.secret.write',
    audit: {
      action: 'vault.secret.change-state',
      subject: (input) => input.secretId,
      details: ({ version, state }) => ({ version, state }),
    },
  },
  aggregate: Secret,
  stream: ({ secretId }) => secretId,
  rejections: {
    SecretNotFound: 404,
    VersionNotFound: 404,
    DestroyNotPermitted: 403,
    InvalidStateTransition: 409,
  },
  decide: (secret, { secretId, version, state, reason }, { permissions }) => {
    if (state === 'destroyed' && !permits(permissions, 'vault.secret.destroy')) {
      return reject('DestroyNotPermitted', 'Destroying a version needs the permission vault.secret.destroy.');
    }
    const found = findVersion(secret, { secretId, version });
    if (isRejection(found)) return found;
    const { keyId, state: from } = found.record;
    if (from === 'destroyed' || from === state) {
      return reject('InvalidStateTransition', `Version ${version} is ${from}; it cannot become ${state}.`, {
        state: from,
      });
    }
    return state === 'deprecated'
      ? [Secret.events.VersionDeprecated({ secretId, version, reason })]
      : [Secret.events.VersionDestroyed({ secretId, version, keyId, from, cause: 'request', reason })];
  },
  respond: (_, { secretId, version, state }, { context }) => ({ secretId, version, state, updatedAt: context.now }),
});
