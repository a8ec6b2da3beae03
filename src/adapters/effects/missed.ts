/** Tells whether a cron expression names a moment. */
export type Matches = (date: Date) => boolean;

/** Moments looked at backwards: 31 days of minutes, or half a day of seconds. */
const mostSteps = 44_640;

/**
 * The latest moment a schedule should have run at, after `seenMs` and up to `nowMs`; undefined where there is none. While nobody
 * leads, moments pass unseen; several missed ones are one run.
 *
 * @param stepMs the expression's grain: a second or a minute
 */
export function missedMoment(
  matches: Matches,
  { nowMs, seenMs, stepMs }: { readonly seenMs: number; readonly nowMs: number; readonly stepMs: number },
): number | undefined {
  const latest = nowMs - (nowMs % stepMs);
  const earliest = Math.max(seenMs, latest - mostSteps * stepMs);
  for (let at = latest; at > earliest; at -= stepMs) if (matches(new Date(at))) return at;
  return undefined;
}
