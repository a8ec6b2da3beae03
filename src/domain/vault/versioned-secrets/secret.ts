import { List } from 'immutable';
import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { SecretId, Version, VersionMetadata } from './fields.ts';
import { RetentionPolicy } from './retention-policy.ts';
import { type CompactRecord, fromCompact, toCompact, type VersionRecord } from './version-record.ts';

/** Version n stands at index n - 1; a secret without versions does not exist. */
export interface SecretState {
  readonly versions: List<VersionRecord>;
  readonly policy: RetentionPolicy | undefined;
}

const base = { secretId: SecretId, version: Version };
const reason = z.string().optional();
const anything = z.record(z.string(), z.unknown());

/** A secret's versions, sealed each under a key of its own. Destroying a version's key destroys its value and leaves the fact. */
export const Secret = aggregate({
  name: 'vault.Secret',
  events: {
    VersionAdded: z.object({
      ...base,
      sealed: z.object({ keyId: z.string(), sealed: z.string() }),
      /** Length of the value in UTF-8. */
      bytes: z.int().positive(),
      metadata: VersionMetadata,
      origin: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('written') }),
        z.object({ kind: z.literal('rollback'), from: Version, to: Version }),
      ]),
    }),
    VersionDeprecated: z.object({ ...base, reason }),
    VersionDestroyed: z.object({
      ...base,
      keyId: z.string(),
      from: z.enum(['active', 'deprecated']),
      cause: z.enum(['request', 'retention']),
      reason,
    }),
    RetentionPolicySet: z.object({ secretId: SecretId, policy: RetentionPolicy }),
    /** The version's key is gone; the certificate says so to anybody, under our signatures. */
    DestructionRecorded: z.object({ ...base, certificate: anything, signature: anything }),
  },
  initial: (): SecretState => ({ versions: List(), policy: undefined }),
  evolve: {
    VersionAdded: (secret, { sealed }, { at, revision }) => ({
      ...secret,
      versions: secret.versions.push({
        state: 'active',
        keyId: sealed.keyId,
        createdAt: at,
        addedRevision: revision,
      }),
    }),
    VersionDeprecated: (secret, { version }) => changed(secret, version, { state: 'deprecated' }),
    VersionDestroyed: (secret, { version }, { revision }) =>
      changed(secret, version, { state: 'destroyed', destroyedRevision: revision }),
    RetentionPolicySet: (secret, { policy }) => ({ ...secret, policy }),
    DestructionRecorded: (secret, { version }, { revision }) =>
      changed(secret, version, { certifiedRevision: revision }),
  },
  snapshot: {
    version: 1,
    every: 250,
    toJson: ({ versions, policy }) => ({ versions: versions.map(toCompact).toArray(), policy }),
    fromJson: (json) => {
      const { versions, policy } = json as { versions: CompactRecord[]; policy?: RetentionPolicy };
      return { versions: List(versions.map(fromCompact)), policy };
    },
  },
});

function changed(secret: SecretState, version: number, change: Partial<VersionRecord>): SecretState {
  const record = secret.versions.get(version - 1);
  if (record === undefined) return secret;
  return { ...secret, versions: secret.versions.set(version - 1, { ...record, ...change }) };
}

/** The number of the newest version, whatever its state; 0 where there is none. */
export function currentVersion(secret: SecretState): number {
  return secret.versions.size;
}
