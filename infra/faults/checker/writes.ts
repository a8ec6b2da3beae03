import type { LogEvent } from '../../../src/kernel/log.ts';
import { added, groupBy, markOf, tenantOf, versionOf } from './facts.ts';
import type { Check, RequestRecord, Violation } from './records.ts';

type Marked = RequestRecord & { readonly asked: { readonly mark: string } };

const isMarked = (request: RequestRecord): request is Marked => 'mark' in request.asked;

/**
 * Acknowledged: on the log exactly once, at the position and with the version that was answered, by every answer. Unknown: at most once.
 * Refused: never. And nothing that nobody has asked for.
 */
export const writesOnce: Check = ({ final, requests }) => {
  const onLog = groupBy(
    final.events.filter((event) => markOf(event) !== undefined),
    (event) => markOf(event) ?? '',
  );
  const asked = groupBy(requests.filter(isMarked), ({ asked: { mark } }) => mark);
  const found = [...asked].flatMap(([mark, attempts]) => judge(mark, attempts, onLog.get(mark) ?? []));
  const strangers = [...onLog].filter(([mark]) => !asked.has(mark));
  return [
    ...found,
    ...strangers.map(([mark, [event]]) => ({
      check: 'asked-for',
      tenant: tenantOf(event?.stream ?? ''),
      detail: `${mark} is on the log, and nobody asked for it`,
    })),
  ];
};

function judge(mark: string, attempts: readonly Marked[], events: readonly LogEvent[]): readonly Violation[] {
  const tenant = attempts[0]?.tenant ?? '';
  const times = `${mark} is on the log ${events.length} times`;
  const acknowledged = attempts.filter(({ outcome }) => outcome === 'acknowledged');
  const [event] = events;
  if (acknowledged.length > 0) {
    if (events.length !== 1 || event === undefined)
      return [{ check: 'acknowledged-once', tenant, detail: `${times}, and was acknowledged` }];
    return acknowledged.flatMap((answer) => answers(answer, event));
  }
  const unknown = attempts.some(({ outcome }) => outcome === 'unknown');
  if (unknown && events.length > 1)
    return [{ check: 'unknown-at-most-once', tenant, detail: `${times}, of unknown outcome` }];
  if (!unknown && events.length > 0) return [{ check: 'refused-never', tenant, detail: `${times}, and was refused` }];
  return [];
}

/** Whether an acknowledgement says what is on the log. */
function answers({ answer, asked: { mark }, position, tenant }: Marked, event: LogEvent): readonly Violation[] {
  const found: Violation[] = [];
  if (position !== String(event.position)) {
    const detail = `${mark} is at position ${event.position}, and ${position ?? 'none'} was answered`;
    found.push({ check: 'answered-position', tenant, detail });
  }
  if (event.type === added && answer?.['version'] !== versionOf(event)) {
    const detail = `${mark} is version ${versionOf(event)}, and ${String(answer?.['version'])} was answered`;
    found.push({ check: 'answered-version', tenant, detail });
  }
  return found;
}

/** What began after another was acknowledged stands behind it on the log. */
export const realTimeOrder: Check = ({ requests }) => {
  const done = requests.filter(
    (request) => isMarked(request) && request.outcome === 'acknowledged' && request.position !== undefined,
  );
  const firstAnswers = [...groupBy(done, ({ asked }) => (asked as { mark: string }).mark).values()].map((attempts) =>
    attempts.reduce((a, b) => (a.endedAt <= b.endedAt ? a : b)),
  );
  const byEnd = firstAnswers.toSorted((a, b) => a.endedAt - b.endedAt);
  const byBegin = firstAnswers.toSorted((a, b) => a.begunAt - b.begunAt);
  const found: Violation[] = [];
  let next = 0;
  let highest = -1n;
  for (const request of byBegin) {
    for (; (byEnd[next]?.endedAt ?? Number.POSITIVE_INFINITY) < request.begunAt; next++) {
      const position = BigInt(byEnd[next]?.position ?? 0);
      if (position > highest) highest = position;
    }
    if (BigInt(request.position ?? 0) > highest || wasTriedBefore(requests, request)) continue;
    const detail = `position ${request.position} was written after ${highest} had been acknowledged`;
    found.push({ check: 'real-time-order', tenant: request.tenant, detail });
  }
  return found;
};

/** An attempt before this one may be what was written. */
function wasTriedBefore(requests: readonly RequestRecord[], { asked, begunAt }: RequestRecord): boolean {
  const { mark } = asked as { mark: string };
  return requests.some((other) => isMarked(other) && other.asked.mark === mark && other.begunAt < begunAt);
}

/** Every stream's revisions are 0, 1, 2, …; every secret's versions 1, 2, 3, …; positions rise; no event's id is there twice. */
export const contiguous: Check = ({ final: { events } }) => {
  const revisions = gaps(events, ({ revision }) => revision, { from: 0, what: 'revision' });
  const secrets = events.filter(({ type }) => type === added);
  const versions = gaps(secrets, versionOf, { from: 1, what: 'version' });
  const ids = new Set<string>();
  const order = events.flatMap((event, index): readonly Violation[] => {
    const before = events[index - 1]?.position ?? -1n;
    const again = ids.has(event.id);
    ids.add(event.id);
    const tenant = tenantOf(event.stream);
    if (event.position <= before)
      return [{ check: 'contiguous', tenant, detail: `position ${event.position} follows ${before}` }];
    return again ? [{ check: 'contiguous', tenant, detail: `the event ${event.id} is there twice` }] : [];
  });
  return [...revisions, ...versions, ...order];
};

/** Where the numbers of a stream do not follow each other. */
function gaps(
  events: readonly LogEvent[],
  numberOf: (event: LogEvent) => number,
  { from, what }: { readonly from: number; readonly what: string },
): readonly Violation[] {
  const last = new Map<string, number>();
  return events.flatMap((event) => {
    const expected = (last.get(event.stream) ?? from - 1) + 1;
    const number = numberOf(event);
    last.set(event.stream, number);
    if (number === expected) return [];
    const detail = `${event.stream} has ${what} ${number} where ${expected} follows`;
    return [{ check: 'contiguous', tenant: tenantOf(event.stream), detail }];
  });
}
