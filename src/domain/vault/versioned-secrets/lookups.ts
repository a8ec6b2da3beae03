import { type Rejection, reject } from '../../../kernel/rejection.ts';
import { currentVersion, type SecretState } from './secret.ts';
import type { VersionRecord } from './version-record.ts';

export interface FoundVersion {
  readonly version: number;
  readonly record: VersionRecord;
}

export function secretNotFound(secretId: string): Rejection<'SecretNotFound'> {
  return reject(
    'SecretNotFound',
    `There is no secret ${secretId}; GET /vault/v1/versioned-secrets lists those there are.`,
  );
}

export function versionDestroyed(version: number): Rejection<'VersionDestroyed'> {
  return reject('VersionDestroyed', `Version ${version} is destroyed; its value cannot come back.`, { version });
}

/** A version in whatever state. */
export function findVersion(
  secret: SecretState,
  { secretId, version: wanted }: { readonly secretId: string; readonly version: number | 'latest' },
): FoundVersion | Rejection<'SecretNotFound' | 'VersionNotFound'> {
  const current = currentVersion(secret);
  if (current === 0) return secretNotFound(secretId);
  const version = wanted === 'latest' ? current : wanted;
  const record = secret.versions.get(version - 1);
  if (record !== undefined) return { version, record };
  const detail = `The secret ${secretId} has no version ${version}; its newest is ${current}.`;
  return reject('VersionNotFound', detail, { currentVersion: current });
}

/** A version that still has its value. `latest` never falls back to an older one. */
export function findLiveVersion(
  secret: SecretState,
  wanted: { readonly secretId: string; readonly version: number | 'latest' },
): FoundVersion | Rejection<'SecretNotFound' | 'VersionNotFound' | 'VersionDestroyed'> {
  const found = findVersion(secret, wanted);
  if (!('record' in found) || found.record.state !== 'destroyed') return found;
  return versionDestroyed(found.version);
}

/** Compare-and-set: refuses where the newest version is another than the caller expects. */
export function versionMismatch(
  secret: SecretState,
  expected: number | undefined,
): Rejection<'VersionMismatch'> | undefined {
  const current = currentVersion(secret);
  if (expected === undefined || expected === current) return undefined;
  const detail =
    expected === 0
      ? `The secret exists, with ${current} as its newest version; expectedVersion 0 only creates.`
      : `The newest version is ${current}, not ${expected}; read it and decide again.`;
  return reject('VersionMismatch', detail, { currentVersion: current });
}
