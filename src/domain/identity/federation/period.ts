import { DateTime, Duration } from 'luxon';
import { z } from 'zod';

const words: Readonly<Record<string, string>> = { hour: 'PT1H', day: 'P1D', week: 'P7D', month: 'P1M', year: 'P1Y' };
const longest = Duration.fromISO('P10Y');
/** Durations differ in length by where in the calendar they stand; bounds are told from here. */
const reference = DateTime.utc(2026, 1, 1);

function isoOf(text: string): string {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (count === undefined) return words[text] ?? text;
  return unit === 'h' ? `PT${count}H` : `P${count}${unit?.toUpperCase()}`;
}

function isPeriod(iso: string): boolean {
  const duration = Duration.fromISO(iso);
  if (!duration.isValid || Object.values(duration.toObject()).some((value) => value < 0)) return false;
  const back = reference.minus(duration);
  return back < reference && back >= reference.minus(longest);
}

/** A time up to now: an ISO 8601 duration, `hour`, `day`, `week`, `month` or `year`, or in short `24h`, `7d`, `4w`. */
export const Period = z
  .string()
  .max(40)
  .transform(isoOf)
  .refine(
    isPeriod,
    'is an ISO 8601 duration such as P7D, or hour, day, week, month, year, or such as 24h or 7d; ten years at most',
  );

/** When a period that ends now began. */
export function beginningOf(period: string, now: string): string {
  return DateTime.fromISO(now, { zone: 'utc' }).minus(Duration.fromISO(period)).toJSDate().toISOString();
}
