import { parseStream } from '../../../kernel/codec.ts';
import type { LogEvent } from '../../../kernel/log.ts';
import { answerOf, type Outcome, outcomeOf, type Severity, serviceOf, severityOf } from '../classify.ts';

/** One event of the log as the audit tells of it: who, what, when and how it ended. What the event itself holds stays behind. */
export interface AuditEvent {
  readonly eventId: string;
  readonly tenant: string;
  readonly type: string;
  readonly service: string;
  readonly outcome: Outcome;
  readonly severity: Severity;
  readonly status: number | null;
  readonly code: string | null;
  /** ISO 8601, UTC */
  readonly at: string;
  readonly actor: { readonly type: string; readonly id: string };
  readonly operation: string;
  readonly action: string;
  readonly subject: string;
  /** Of an answered or refused request: what its declaration adds, which is never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly source: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly stream: string;
  readonly revision: number;
  /** Commit position in the whole log, in decimal. */
  readonly position: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Tells of a stored event; undefined for a stream that is not one of ours. */
export function auditEventOf(stored: LogEvent): AuditEvent | undefined {
  const place = parseStream(stored.stream);
  if (place === undefined) return undefined;
  const { metadata, type } = stored;
  const operation = text(metadata['operation']);
  const actor = (metadata['actor'] ?? {}) as { readonly type?: unknown; readonly id?: unknown };
  return {
    eventId: stored.id,
    tenant: place.tenant,
    type,
    service: serviceOf(type, operation),
    outcome: outcomeOf(type),
    severity: severityOf(type),
    ...answerOf(stored),
    at: text(metadata['at']),
    actor: { type: text(actor.type) || 'system', id: text(actor.id) || 'unknown' },
    operation,
    action: text(metadata['action']),
    subject: text(metadata['subject']),
    details: detailsOf(stored),
    source: textOrNull(metadata['source']),
    userAgent: textOrNull(metadata['userAgent']),
    requestId: text(metadata['requestId']),
    correlationId: text(metadata['$correlationId']),
    causationId: text(metadata['$causationId']),
    stream: stored.stream,
    revision: stored.revision,
    position: stored.position.toString(),
  };
}

function detailsOf({ data, type }: LogEvent): Readonly<Record<string, unknown>> {
  if (outcomeOf(type) === 'done') return {};
  const { details } = data as { readonly details?: unknown };
  return typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};
}
