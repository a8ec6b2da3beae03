import { Duration } from 'luxon';
import { z } from 'zod';

const durationPattern = /^P(?!$)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/;
const maxYears = 100;

function isSensible(text: string): boolean {
  const duration = Duration.fromISO(text);
  return duration.isValid && duration.as('seconds') > 0 && duration.as('years') <= maxYears;
}

/** Which versions may go. `autoDestroy`: they go by themselves; without it they stay until enforcement is asked for. */
export const RetentionPolicy = z.strictObject({
  /** Versions kept beside the destroyed ones. */
  maxVersions: z.int().min(1).max(1_000_000).optional(),
  /** Age at which a version that is not the newest may go. */
  deleteAfter: z
    .string()
    .max(40)
    .regex(durationPattern, 'is an ISO 8601 duration in whole numbers, such as P90D or PT12H')
    .refine(isSensible, `is longer than nothing and at most ${maxYears} years`)
    .optional(),
  autoDestroy: z.boolean().default(false),
});

export type RetentionPolicy = z.output<typeof RetentionPolicy>;
