import { z } from 'zod';
import { Term } from '../../src/domain/audit/fields.ts';
import { entriesWhere } from '../../src/domain/audit/filters.ts';
import { shownEntry } from '../../src/domain/audit/shown.ts';
import { Instant } from '../../src/kernel/instant.ts';
import { query, type Row } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

const auditEvent = z.object({
  id: z.string(),
  sequence: z.int(),
  type: z.string(),
  actor: z.string(),
  actor_type: z.string(),
  action: z.string(),
  resource: z.string(),
  outcome: z.string(),
  severity: z.string(),
  status: z.int().nullable(),
  code: z.string().nullable(),
  request_id: z.string(),
  correlation_id: z.string(),
  source_ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: z.string(),
});

export const listAuditEvents = query({
  name: 'audit.listAuditEvents',
  summary: 'Lists the tenant’s audit events, newest first, by actor, action, resource, correlation and time.',
  route: 'GET /api/v1/audit-events',
  input: z.strictObject({
    actor: Term.optional(),
    action: Term.optional(),
    resource: Term.optional(),
    correlation_id: Term.optional(),
    since: Instant.optional(),
    until: Instant.optional(),
  }),
  output: z.object({ events: z.array(auditEvent) }),
  controls: { permission: 'audit.read', audit: { action: 'audit.read', subject: () => 'events' } },
  reads: 'audit_log',
  page: { by: ['index'], direction: 'desc', defaultLimit: 100, maxLimit: 1_000 },
  run: ({ correlation_id: correlationId, resource: subject, ...filter }, { tenant }) =>
    sql`select * from audit_entries where ${entriesWhere(tenant, { ...filter, subject, correlationId })}`,
  respond: (rows) => ({ events: rows.map(toEvent) }),
});

function toEvent(row: Row): z.input<typeof auditEvent> {
  const { action, actor, code, outcome, severity, status, type, ...entry } = shownEntry(row);
  return {
    id: entry.eventId,
    sequence: entry.index,
    type,
    actor: actor.id,
    actor_type: actor.type,
    action,
    resource: entry.subject,
    outcome,
    severity,
    status,
    code,
    request_id: entry.requestId,
    correlation_id: entry.correlationId,
    source_ip: entry.sourceAddress,
    user_agent: entry.userAgent,
    created_at: entry.timestamp,
  };
}
