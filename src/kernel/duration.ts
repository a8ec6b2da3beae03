import { DateTime, Duration } from 'luxon';
import { z } from 'zod';

const pattern = /^P(?!$)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/;
const maxYears = 100;

function isSensible(text: string): boolean {
  const duration = Duration.fromISO(text);
  return duration.isValid && duration.as('seconds') > 0 && duration.as('years') <= maxYears;
}

/** An ISO 8601 duration in whole numbers, longer than nothing. */
export const IsoDuration = z
  .string()
  .max(40)
  .regex(pattern, 'is an ISO 8601 duration in whole numbers, such as P90D or PT12H')
  .refine(isSensible, `is longer than nothing and at most ${maxYears} years`);

/** The instant a duration before another, by the calendar: P1M before 31 March is 28 February. ISO 8601, UTC. */
export function instantBefore(now: string, duration: string): string {
  const instant = DateTime.fromISO(now, { zone: 'utc' }).minus(Duration.fromISO(duration));
  return instant.toJSDate().toISOString();
}
