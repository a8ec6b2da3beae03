import { z } from 'zod';
import type { Fact } from '../../../kernel/aggregate.ts';
import { Reason, Version } from './fields.ts';
import type { OpenedVersion } from './sealed-value.ts';

/** What is told about how a version came to be. `changedBy` is who the credential said it was. */
export const WrittenMetadata = z.object({
  reason: Reason.optional(),
  changedBy: z.string(),
  custom: z.record(z.string(), z.string()).optional(),
  /** A rollback's target: the version whose value this one took over. */
  rolledBackTo: Version.optional(),
});

export function versionMetadata(
  { metadata, origin }: Pick<OpenedVersion['added'], 'metadata' | 'origin'>,
  { actor }: Pick<Fact, 'actor'>,
): z.output<typeof WrittenMetadata> {
  const rolledBack = origin.kind === 'rollback' ? { rolledBackTo: origin.to } : {};
  return { ...metadata, changedBy: actor.id, ...rolledBack };
}
