import { Secret } from '../../../domain/vault/versioned-secrets/secret.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

export const whenVersionDestroyedShredItsKey = reaction({
  name: 'when-version-destroyed-shred-its-key',
  on: when(Secret, {
    VersionDestroyed: ({ secretId, version, keyId }) => [job('vault.shred-key', { secretId, version, keyId })],
  }),
});
