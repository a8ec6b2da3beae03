import { z } from 'zod';
import type { Row } from '../../../kernel/query.ts';
import { SecretId, Version } from './fields.ts';
import { RetentionPolicy } from './retention-policy.ts';

const count = z.int().min(0);

/** What lists tell about a secret; never its value. */
export const SecretSummary = z.object({
  secretId: SecretId,
  currentVersion: Version,
  versions: z.object({ active: count, deprecated: count, destroyed: count }),
  createdAt: z.string(),
  createdBy: z.string(),
  updatedAt: z.string(),
  retentionPolicy: RetentionPolicy,
});

/** From a row of `secretsAsOf`. */
export function secretSummary(row: Row): z.input<typeof SecretSummary> {
  const { max_versions: maxVersions, delete_after: deleteAfter, auto_destroy: autoDestroy } = row;
  return {
    secretId: row['secret_id'] as string,
    currentVersion: row['current_version'] as number,
    versions: {
      active: row['active'] as number,
      deprecated: row['deprecated'] as number,
      destroyed: row['destroyed'] as number,
    },
    createdAt: isoTime(row['created_at']),
    createdBy: row['created_by'] as string,
    updatedAt: isoTime(row['updated_at']),
    retentionPolicy: {
      ...(maxVersions === null ? {} : { maxVersions: maxVersions as number }),
      ...(deleteAfter === null ? {} : { deleteAfter: deleteAfter as string }),
      autoDestroy: autoDestroy as boolean,
    },
  };
}

/** A timestamp column as the API writes times. */
export function isoTime(value: unknown): string {
  return (value as Date).toISOString();
}
