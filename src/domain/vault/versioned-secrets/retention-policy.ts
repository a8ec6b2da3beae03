import { z } from 'zod';
import { IsoDuration } from '../../../kernel/duration.ts';

/** Which versions may go. `autoDestroy`: they go by themselves; without it they stay until enforcement is asked for. */
export const RetentionPolicy = z.strictObject({
  /** Versions kept beside the destroyed ones. */
  maxVersions: z.int().min(1).max(1_000_000).optional(),
  /** Age at which a version that is not the newest may go. */
  deleteAfter: IsoDuration.optional(),
  autoDestroy: z.boolean().default(false),
});

export type RetentionPolicy = z.output<typeof RetentionPolicy>;
