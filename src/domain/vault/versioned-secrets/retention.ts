import { instantBefore } from '../../../kernel/duration.ts';
import { Secret, type SecretState } from './secret.ts';

export type RetentionReason = 'maxVersions' | 'deleteAfter';

/** A version the policy no longer keeps, and which of its limits says so. */
export interface Due {
  readonly version: number;
  readonly because: RetentionReason;
}

/** Versions destroyed by one enforcement at most, so that its events fit one append; the next goes on. */
export const enforcedAtOnce = 400;

/** What the policy no longer keeps, oldest first. The newest version that is not destroyed always stays. */
export function dueVersions(secret: SecretState, now: string): readonly Due[] {
  const { policy, versions } = secret;
  if (policy === undefined) return [];
  const live: number[] = [];
  versions.forEach((record, index) => {
    if (record.state !== 'destroyed') live.push(index);
  });
  const surplus = policy.maxVersions === undefined ? 0 : live.length - policy.maxVersions;
  const bound = policy.deleteAfter === undefined ? '' : instantBefore(now, policy.deleteAfter);
  return live.slice(0, -1).flatMap((index, rank): readonly Due[] => {
    if (rank < surplus) return [{ version: index + 1, because: 'maxVersions' }];
    const createdAt = versions.get(index)?.createdAt ?? now;
    return createdAt <= bound ? [{ version: index + 1, because: 'deleteAfter' }] : [];
  });
}

/** The events of one enforcement. */
export function destroyDue(
  secret: SecretState,
  secretId: string,
  now: string,
): readonly ReturnType<typeof Secret.events.VersionDestroyed>[] {
  return dueVersions(secret, now)
    .slice(0, enforcedAtOnce)
    .flatMap(({ version, because }) => {
      const record = secret.versions.get(version - 1);
      if (record === undefined || record.state === 'destroyed') return [];
      const { keyId, state: from } = record;
      return [Secret.events.VersionDestroyed({ secretId, version, keyId, from, cause: 'retention', reason: because })];
    });
}
