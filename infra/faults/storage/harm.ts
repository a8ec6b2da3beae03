import { notFound, type ReadOut, type Shown } from './read-out.ts';

/** What a damage did to those who read. */
export interface Harm {
  readonly kind: 'harmless' | 'told' | 'ended' | 'served';
  /** What was served that is not true. */
  readonly problems: readonly string[];
}

/** Holds what a damaged directory shows against what it showed when it was whole. */
export function harmOf(truth: ReadOut, shown: ReadOut | readonly string[]): Harm {
  if (!('streams' in shown)) return { kind: 'ended', problems: shown };
  if (shown.refused !== undefined) return { kind: 'told', problems: [] };
  const pairs = [['$all', truth.all, shown.all] as const].concat(
    Object.entries(truth.streams).map(([stream, whole]) => [stream, whole, shown.streams[stream]] as never),
  );
  const problems = pairs.flatMap(([what, whole, now]) => untruth(what, whole, now));
  for (const stream of shown.doubled) problems.push(`${stream} takes a first event though it has some.`);
  const isTold = pairs.some(([, whole, now]) => now?.error !== whole.error);
  if ((isTold || problems.length > 0) && shown.verified) problems.push('verify finds the directory whole.');
  if (problems.length > 0) return { kind: 'served', problems };
  return { kind: isTold ? 'told' : 'harmless', problems };
}

/** A read may end with an error; up to there it shows what is true, and "not found" is no error. */
function untruth(what: string, whole: Shown, now: Shown | undefined): string[] {
  const { error, events = [] } = now ?? {};
  const wrong = events.findIndex((event, index) => event !== whole.events[index]);
  if (wrong >= 0) return [`${what} shows another event as number ${wrong}: ${events[wrong]}`];
  if (events.length === whole.events.length) return [];
  if (error !== undefined && error !== notFound) return [];
  return [`${what} shows ${events.length} events of ${whole.events.length}${error === undefined ? '' : `: ${error}`}`];
}
