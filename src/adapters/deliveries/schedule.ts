/** When an event that was not taken is sent again. */
export interface RetrySchedule {
  /** Milliseconds before the second attempt, the third, and so on; behind the last one it is given up on. */
  readonly delaysMs: readonly number[];
  /** Each delay is longer or shorter by up to this part of it, so that receivers that return are not met by all at once. */
  readonly jitter: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Three days and a half hour in all. */
export const retrySchedule: RetrySchedule = {
  delaysMs: [
    ...[5 * second, 30 * second, 2 * minute, 15 * minute, hour, 4 * hour],
    ...[8 * hour, 11 * hour, 24 * hour, 24 * hour],
  ],
  jitter: 0.2,
};

/**
 * Milliseconds until the next attempt; undefined where there is none.
 *
 * @param tries attempts that failed so far, from 1
 * @param askedMs what the receiver asked for: granted up to twice the schedule's own delay
 */
export function delayAfter(
  { delaysMs, jitter }: RetrySchedule,
  tries: number,
  { askedMs, random }: { readonly askedMs?: number | undefined; readonly random: number },
): number | undefined {
  const base = delaysMs[tries - 1];
  if (base === undefined) return undefined;
  if (askedMs !== undefined && askedMs > base) return Math.min(askedMs, 2 * base);
  return Math.round(base * (1 + jitter * (2 * random - 1)));
}
