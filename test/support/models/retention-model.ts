/** What of an entry the retention of it depends on. */
export interface ModelEntry {
  readonly eventId: string;
  /** The day whose stream of facts about requests it is in; undefined for any other event. */
  readonly day: string | undefined;
  readonly at: string;
  readonly type: string;
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
  readonly service: string;
}

export interface ModelPolicy {
  readonly days: number;
  readonly eventTypes: readonly string[];
  readonly services: readonly string[];
  readonly archives: boolean;
}

export interface ModelHold {
  readonly subjects: readonly string[];
  readonly eventTypes: readonly string[];
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly expiresAt?: string | undefined;
}

const dayMs = 86_400_000;

/** Whether a policy is about an entry at a time (milliseconds), whatever holds it. */
export function isDue(entry: ModelEntry, policy: ModelPolicy, now: number): boolean {
  if (Date.parse(entry.at) >= now - policy.days * dayMs) return false;
  if (policy.services.length > 0 && !policy.services.includes(entry.service)) return false;
  return anyOf(policy.eventTypes, entry);
}

/** Whether a hold that is in force keeps an entry. */
export function keeps(hold: ModelHold, entry: ModelEntry): boolean {
  const { eventTypes, from = '', subjects, until = '9999' } = hold;
  if (entry.at < from || entry.at >= until) return false;
  if (subjects.length > 0 && !subjects.includes(entry.subject) && !subjects.includes(entry.actor)) return false;
  return anyOf(eventTypes, entry);
}

export function isInForce({ expiresAt }: ModelHold, now: number): boolean {
  return expiresAt === undefined || Date.parse(expiresAt) > now;
}

/** No pattern is every type; `a.*` is all that begin with `a.`. */
function anyOf(patterns: readonly string[], { action, type }: ModelEntry): boolean {
  if (patterns.length === 0) return true;
  return [type, action].some((word) =>
    patterns.some((pattern) => (pattern.endsWith('*') ? word.startsWith(pattern.slice(0, -1)) : word === pattern)),
  );
}
