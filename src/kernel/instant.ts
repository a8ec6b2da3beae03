import { z } from 'zod';

const first = Date.UTC(1970, 0, 1);
const last = Date.UTC(9000, 0, 1);

/** Whether a time (ISO 8601) is one that every part of the system can write: in UTC, a later one may have a year of five digits. */
export function isInRange(time: string): boolean {
  const at = Date.parse(time);
  return at >= first && at < last;
}

/** An instant in ISO 8601 with its offset, as UTC in milliseconds: as events and rows write theirs. */
export const Instant = z.iso
  .datetime({ offset: true, abort: true, error: 'is an ISO 8601 time such as 2026-01-31T12:00:00Z' })
  .refine(isInRange, { error: 'is before 1970 or after 9000', abort: true })
  .transform((time) => new Date(time).toISOString());
