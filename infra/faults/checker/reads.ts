import type { LogEvent } from '../../../src/kernel/log.ts';
import { added, destroyed, groupBy, markOf, secretStream, tenantOf, valueFor, versionOf } from './facts.ts';
import type { Asked, Check, History, RequestRecord, Violation } from './records.ts';

type Read<Kind extends Asked['kind']> = RequestRecord & { readonly asked: Extract<Asked, { readonly kind: Kind }> };

const isKind =
  <Kind extends Asked['kind']>(kind: Kind) =>
  (request: RequestRecord): request is Read<Kind> =>
    request.asked.kind === kind && request.outcome !== 'unknown';

const streamsOf = ({ final }: History): ReadonlyMap<string, readonly LogEvent[]> =>
  groupBy(final.events, ({ stream }) => stream);

/** A read that waits for a position shows at least what was written up to there; no read shows what is not on the log. */
export const readYourPosition: Check = (history) => {
  const streams = streamsOf(history);
  return history.requests.filter(isKind('summary')).flatMap((read) => {
    const events = streams.get(secretStream(read.tenant, read.asked.secretId)) ?? [];
    const told = toldBy(read);
    if (told === undefined) return [];
    const { waitFor } = read.asked;
    const least = stateAt(events, waitFor === undefined ? -1n : BigInt(waitFor));
    const most = stateAt(events, undefined);
    const where = `${read.asked.secretId} as of ${waitFor ?? 'any position'}`;
    const found: Violation[] = [];
    if (told.versions < least.versions || told.destroyed < least.destroyed) {
      const detail = `${where} shows ${shown(told)}, where ${shown(least)} stood already`;
      found.push({ check: 'read-your-position', tenant: read.tenant, detail });
    }
    if (told.versions > most.versions || told.destroyed > most.destroyed) {
      const detail = `${where} shows ${shown(told)}, where the log has ${shown(most)}`;
      found.push({ check: 'reads-what-is-there', tenant: read.tenant, detail });
    }
    return found;
  });
};

interface State {
  readonly versions: number;
  readonly destroyed: number;
}

const shown = ({ destroyed: gone, versions }: State): string => `${versions} versions, ${gone} destroyed`;

/** What the read showed; undefined for a refusal that says nothing about the secret. */
function toldBy({ answer, code, outcome }: RequestRecord): State | undefined {
  if (outcome === 'refused') return code === 'SecretNotFound' ? { versions: 0, destroyed: 0 } : undefined;
  const { currentVersion, versions } = answer as { currentVersion?: number; versions?: { destroyed?: number } };
  return { versions: currentVersion ?? 0, destroyed: versions?.destroyed ?? 0 };
}

function stateAt(events: readonly LogEvent[], position: bigint | undefined): State {
  const seen = position === undefined ? events : events.filter((event) => event.position <= position);
  const count = (type: string): number => seen.filter((event) => event.type === type).length;
  return { versions: count(added), destroyed: count(destroyed) };
}

/** An opened value is the one that was written as that version; nothing acknowledged is missing; nothing destroyed is opened. */
export const values: Check = (history) => {
  const streams = streamsOf(history);
  const acknowledged = history.requests.filter(({ outcome }) => outcome === 'acknowledged');
  const marks = groupBy(acknowledged, ({ asked }) => ('mark' in asked ? asked.mark : ''));
  const doneBefore = (event: LogEvent | undefined, at: number): boolean =>
    event !== undefined && (marks.get(markOf(event) ?? '') ?? []).some(({ endedAt }) => endedAt < at);
  return history.requests.filter(isKind('open')).flatMap((read) => {
    const { secretId, version } = read.asked;
    const events = streams.get(secretStream(read.tenant, secretId)) ?? [];
    const of = (type: string): LogEvent | undefined =>
      events.find((event) => event.type === type && versionOf(event) === version);
    const detail = wrongIn(read, {
      mark: markOf(of(added) ?? ({ data: {} } as LogEvent)),
      written: doneBefore(of(added), read.begunAt),
      gone: doneBefore(of(destroyed), read.begunAt),
    });
    return detail === undefined
      ? []
      : [{ check: 'values', tenant: read.tenant, detail: `version ${version} of ${secretId} ${detail}` }];
  });
};

function wrongIn(
  { answer, code, outcome }: RequestRecord,
  is: { readonly mark: string | undefined; readonly written: boolean; readonly gone: boolean },
): string | undefined {
  if (outcome === 'refused') {
    const missing = code === 'SecretNotFound' || code === 'VersionNotFound';
    return missing && is.written ? 'was not found after it had been acknowledged' : undefined;
  }
  if (is.gone) return 'was opened after its destruction had been acknowledged';
  if (is.mark === undefined) return 'was opened, and is not on the log';
  const opened = answer?.['value'];
  return opened === valueFor(is.mark) ? undefined : `holds ${JSON.stringify(opened)}, where ${is.mark} was written`;
}

/** An answer was on the log before it left: every one names a position, and there an event of its tenant stands. */
export const audited: Check = ({ final, requests }) => {
  const tenants = new Map(final.events.map(({ position, stream }) => [String(position), tenantOf(stream)]));
  return requests.flatMap(({ asked, code, outcome, position, tenant }) => {
    // Who is not known, or asks too often, is not told of one by one.
    if (outcome === 'unknown' || code === 'RateLimited' || code === 'Unauthenticated') return [];
    if (position !== undefined && tenants.get(position) === tenant) return [];
    const detail = `an answer to ${asked.kind}, ${code ?? 'done'}, is not on the log at ${position ?? 'any position'}`;
    return [{ check: 'audited', tenant, detail }];
  });
};

/** Whatever happens to its stores, the system knows what to answer. */
export const noBugs: Check = ({ requests }) =>
  requests
    .filter(({ status }) => status === 500)
    .map(({ asked, tenant }) => ({ check: 'no-bugs', tenant, detail: `a ${asked.kind} was answered with 500` }));
