import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import type { DomainEvent } from '../../../src/kernel/aggregate.ts';

/** The secret most tests are about. */
export const secretId = 'billing/stripe-key';

/** What sealing gives; tests of decisions never open it. */
export function sealedAs(keyId: string) {
  return { sealed: { keyId, sealed: 'c2VhbGVk' }, bytes: 12 };
}

/** The key's name of a version in these tests. */
export function keyOf(version: number): string {
  return `key-${version}`;
}

export function added(version: number, metadata: { reason?: string } = {}) {
  return Secret.events.VersionAdded({
    secretId,
    version,
    ...sealedAs(keyOf(version)),
    metadata,
    origin: { kind: 'written' },
  });
}

export function deprecated(version: number) {
  return Secret.events.VersionDeprecated({ secretId, version });
}

export function destroyed(version: number, from: 'active' | 'deprecated' = 'active') {
  return Secret.events.VersionDestroyed({ secretId, version, keyId: keyOf(version), from, cause: 'request' });
}

export function destroyedByRetention(version: number, reason: 'maxVersions' | 'deleteAfter') {
  return Secret.events.VersionDestroyed({
    secretId,
    version,
    keyId: keyOf(version),
    from: 'active',
    cause: 'retention',
    reason,
  });
}

export function policySet(policy: { maxVersions?: number; deleteAfter?: string; autoDestroy?: boolean }) {
  return Secret.events.RetentionPolicySet({ secretId, policy });
}

/** A certificate as the log keeps it; tests of decisions never verify it. */
export const signed = { certificate: { version: 1 }, signature: { format: 'test' } };

export function certified(version: number) {
  return Secret.events.DestructionRecorded({ secretId, version, ...signed });
}

/** A secret with versions 1 to `count`. */
export function versions(count: number): readonly DomainEvent[] {
  return Array.from({ length: count }, (_, index) => added(index + 1));
}

const unknown = { secretId: 'nobodys-secret' };

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'vault.addSecretVersion': { secretId: 'walked', value: 'walked' },
  'vault.changeSecretVersionState': { ...unknown, version: '1', state: 'deprecated' },
  'vault.compareSecretVersions': { ...unknown, version1: 1, version2: 2 },
  'vault.enforceSecretRetention': unknown,
  'vault.getDestructionCertificate': { ...unknown, version: '1' },
  'vault.getSecret': unknown,
  'vault.getSecretAudit': unknown,
  'vault.getSecretHistory': unknown,
  'vault.openSecretVersion': { ...unknown, version: '1' },
  'vault.rollBackSecret': { ...unknown, targetVersion: 1 },
  'vault.setSecretRetentionPolicy': { ...unknown, maxVersions: 3 },
};
