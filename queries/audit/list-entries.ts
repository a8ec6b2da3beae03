import { z } from 'zod';
import { outcomes, severities } from '../../src/domain/audit/classify.ts';
import { Term } from '../../src/domain/audit/fields.ts';
import { entriesWhere } from '../../src/domain/audit/filters.ts';
import { ShownEntry, shownEntry } from '../../src/domain/audit/shown.ts';
import { Instant } from '../../src/kernel/instant.ts';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

export const listEntries = query({
  name: 'audit.listEntries',
  summary: 'Lists the entries of the tenant’s audit, newest first: changes, answers, refusals and denials.',
  route: 'GET /api/audit',
  input: z.strictObject({
    actor: Term.optional(),
    action: Term.optional(),
    subject: Term.optional(),
    type: Term.optional(),
    service: Term.optional(),
    outcome: z.enum(outcomes).optional(),
    severity: z.enum(severities).optional(),
    requestId: Term.optional(),
    correlationId: Term.optional(),
    since: Instant.optional(),
    until: Instant.optional(),
  }),
  output: z.object({ entries: z.array(ShownEntry) }),
  controls: { permission: 'audit.read', audit: { action: 'audit.read', subject: () => 'entries' } },
  reads: 'audit_log',
  page: { by: ['index'], direction: 'desc', defaultLimit: 100, maxLimit: 1_000 },
  run: (filter, { tenant }) => sql`select * from audit_entries where ${entriesWhere(tenant, filter)}`,
  respond: (rows) => ({ entries: rows.map(shownEntry) }),
});
