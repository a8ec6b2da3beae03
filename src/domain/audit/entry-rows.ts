import type { LogEvent } from '../../kernel/log.ts';
import { type AuditEntry, type EntryPayload, saltOf } from '../../kernel/proof/entry.ts';
import type { Row } from '../../kernel/query.ts';
import { answerOf, outcomeOf, serviceOf, severityOf } from './classify.ts';

/** The columns of `audit_entries`. Those of the entry are enough to build its leaf again; the event's data is not among them. */
export const entryColumns = {
  tenant_id: 'text',
  index: 'bigint',
  event_id: 'uuid',
  type: 'text',
  stream: 'text',
  revision: 'bigint',
  position: 'bigint',
  at: 'text',
  actor_type: 'text',
  actor_id: 'text',
  operation: 'text',
  action: 'text',
  subject: 'text',
  request_id: 'text',
  correlation_id: 'text',
  causation_id: 'text',
  payload: 'bytea',
  leaf: 'bytea',
  chain: 'bytea',
  service: 'text',
  outcome: 'text',
  status: 'int',
  code: 'text',
  severity: 'text',
  source: 'text',
  user_agent: 'text',
  data_commitment: 'bytea',
  salt: 'text',
} as const;

export type EntryRow = Readonly<Record<keyof typeof entryColumns, string | number | Buffer | null>>;

/** An entry with what stands beside it: leaf and chain, how it is classed, and the payload it commits to. */
export function entryRow(
  entry: AuditEntry,
  stored: LogEvent,
  { chain, leaf, payload }: { readonly chain: Buffer; readonly leaf: Buffer; readonly payload: EntryPayload },
): EntryRow {
  const { data, source = null, userAgent = null } = payload;
  return {
    tenant_id: entry.tenant,
    index: entry.index,
    event_id: entry.eventId,
    type: entry.type,
    stream: entry.stream,
    revision: entry.revision,
    position: entry.position,
    at: entry.at,
    actor_type: entry.actor.type,
    actor_id: entry.actor.id,
    operation: entry.operation,
    action: entry.action,
    subject: entry.subject,
    request_id: entry.requestId,
    correlation_id: entry.correlationId,
    causation_id: entry.causationId,
    payload: Buffer.from(entry.payload, 'base64'),
    leaf,
    chain,
    service: serviceOf(entry.type, entry.operation),
    outcome: outcomeOf(entry.type),
    ...answerOf(stored),
    severity: severityOf(entry.type),
    source,
    user_agent: userAgent,
    data_commitment: Buffer.from(data, 'base64'),
    salt: saltOf(stored),
  };
}

/** The entry a row of `audit_entries` holds: its leaf data is what was hashed into the tree. */
export function entryFrom(row: Row): AuditEntry {
  const text = (column: keyof typeof entryColumns): string => String(row[column]);
  return {
    v: 1,
    tenant: text('tenant_id'),
    index: Number(row['index']),
    eventId: text('event_id'),
    type: text('type'),
    stream: text('stream'),
    revision: Number(row['revision']),
    position: text('position'),
    at: text('at'),
    actor: { type: text('actor_type'), id: text('actor_id') },
    operation: text('operation'),
    action: text('action'),
    subject: text('subject'),
    requestId: text('request_id'),
    correlationId: text('correlation_id'),
    causationId: text('causation_id'),
    payload: (row['payload'] as Buffer).toString('base64'),
  };
}
