import type { LogEvent } from '../../kernel/log.ts';

/** What became of what was asked: a fact of an aggregate, an answer that changed none, a refusal, a denial. */
export const outcomes = ['done', 'answered', 'refused', 'denied'] as const;
export type Outcome = (typeof outcomes)[number];

export const severities = ['info', 'notice', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

const requests: Readonly<Record<string, Outcome>> = {
  'audit.Request.Answered': 'answered',
  'audit.Request.Refused': 'refused',
  'audit.Request.Denied': 'denied',
  'audit.Request.CredentialsFailed': 'denied',
};

export function outcomeOf(type: string): Outcome {
  return requests[type] ?? 'done';
}

/** Facts after which something is gone, shut, or not to be trusted: the last word of the event's name. */
const critical =
  /(?:Destroyed|Deleted|Removed|Shredded|Locked|Suspended|Revoked|Expired|SplitViewRefused|Compromised)$/;
/** The log's own work, which nobody asked for. */
const routine = /^audit\.Checkpoint\.(?:Signed|Cosigned)$/;

export function severityOf(type: string): Severity {
  const outcome = outcomeOf(type);
  if (outcome === 'refused' || outcome === 'denied') return 'warning';
  if (outcome === 'answered' || routine.test(type)) return 'info';
  return critical.test(type) ? 'critical' : 'notice';
}

/** The context that was asked: of the operation where the event names one, else of the event's type. */
export function serviceOf(type: string, operation: string): string {
  const of = operation === '' ? type : operation;
  return of.split('.')[0] ?? '';
}

/** Status and code of an answer; null where the event tells of none. */
export function answerOf({ data, type }: LogEvent): { readonly status: number | null; readonly code: string | null } {
  if (outcomeOf(type) === 'done') return { status: null, code: null };
  const { status, code } = data as { readonly status?: unknown; readonly code?: unknown };
  const failed = type === 'audit.Request.CredentialsFailed';
  return {
    status:
      Number.isSafeInteger(status) && Math.abs(status as number) < 1_000 ? (status as number) : failed ? 401 : null,
    code: typeof code === 'string' ? code.slice(0, 100).toWellFormed().replaceAll('\0', '\ufffd') : null,
  };
}

/** Whether an entry is worth a new checkpoint: one that only tells of checkpoints is not, or they would never end. */
export function isNotable({ operation, type }: { readonly operation: string; readonly type: string }): boolean {
  return !routine.test(type) && operation !== 'audit.recordCheckpoint';
}
