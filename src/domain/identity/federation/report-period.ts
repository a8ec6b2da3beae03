import { DateTime } from 'luxon';
import { z } from 'zod';
import { Instant, isInRange } from '../../../kernel/instant.ts';

/** The longest period a report may be about. */
const mostDays = 366;

/** A day in UTC, or an instant with its offset. */
const DayOrInstant = z.union([z.iso.date().refine(isInRange), Instant], {
  error: 'is an ISO 8601 date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z',
});

/** Both ends of a report's period: a day as an end is in it, an instant is not. */
export const ReportPeriod = { startDate: DayOrInstant, endDate: DayOrInstant };

interface Given {
  readonly startDate: string;
  readonly endDate: string;
}

/** The instants from which on, and before which. */
export function spanOf({ startDate, endDate }: Given): { readonly from: string; readonly to: string } {
  return { from: atOnce(startDate), to: isDay(endDate) ? nextDay(endDate) : endDate };
}

const isDay = (text: string): boolean => !text.includes('T');
const utc = (text: string): DateTime => DateTime.fromISO(text, { zone: 'utc' });
const atOnce = (text: string): string => utc(text).toJSDate().toISOString();
const nextDay = (day: string): string => utc(day).plus({ days: 1 }).toJSDate().toISOString();

/** What is wrong with a period whose ends are times, if anything. */
export function faultOf(given: Given): string | undefined {
  if (!utc(given.startDate).isValid || !utc(given.endDate).isValid) return undefined;
  const { from, to } = spanOf(given);
  if (from >= to) return 'is not after startDate';
  return utc(to).diff(utc(from), 'days').days > mostDays ? `is more than ${mostDays} days after startDate` : undefined;
}
