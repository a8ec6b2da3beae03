import { applySecretRetention } from '../../commands/vault/versioned-secrets/apply-secret-retention.ts';
import { recordSecretDestruction } from '../../commands/vault/versioned-secrets/record-secret-destruction.ts';
import { vaultSecretPolicies } from '../../projections/vault/versioned-secrets/vault-secret-policies.ts';
import { vaultSecretStats } from '../../projections/vault/versioned-secrets/vault-secret-stats.ts';
import { vaultSecretTrail } from '../../projections/vault/versioned-secrets/vault-secret-trail.ts';
import { vaultSecretVersions } from '../../projections/vault/versioned-secrets/vault-secret-versions.ts';
import { vaultSecrets } from '../../projections/vault/versioned-secrets/vault-secrets.ts';
import { whenVersionDestroyedShredItsKey } from '../../src/reactions/vault/versioned-secrets/when-version-destroyed-shred-its-key.ts';
import { shredKey } from '../../src/workers/vault/versioned-secrets/shred-key.ts';
import { type Stack, startStack } from './stack.ts';

export const vaultProjections = [
  vaultSecrets,
  vaultSecretVersions,
  vaultSecretPolicies,
  vaultSecretStats,
  vaultSecretTrail,
];

/** A stack with the parts of versioned secrets. The caller closes it. */
export function startVaultStack(): Promise<Stack> {
  return startStack({
    projections: vaultProjections,
    reactions: [whenVersionDestroyedShredItsKey],
    workers: [shredKey],
    commands: [recordSecretDestruction, applySecretRetention],
  });
}
