import { z } from 'zod';
import type { Row } from '../../kernel/query.ts';
import { outcomes, severities } from './classify.ts';

/** An entry as lists show it. */
export const ShownEntry = z.object({
  /** Place in the tenant's log, from 0. */
  index: z.int(),
  eventId: z.string(),
  type: z.string(),
  service: z.string(),
  action: z.string(),
  subject: z.string(),
  operation: z.string(),
  outcome: z.enum(outcomes),
  severity: z.enum(severities),
  /** Of the answer; null for a fact that is no answer. */
  status: z.int().nullable(),
  code: z.string().nullable(),
  actor: z.object({ type: z.string(), id: z.string() }),
  timestamp: z.string(),
  requestId: z.string(),
  correlationId: z.string(),
  sourceAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
  /** Commit position in the whole log. */
  position: z.string(),
  /** Hash in the tenant's tree, in hex. */
  leaf: z.string(),
  /** Value of the tenant's chain behind the entry, in hex. */
  chain: z.string(),
});

export function shownEntry(row: Row): z.input<typeof ShownEntry> {
  const text = (column: string): string => String(row[column]);
  return {
    index: Number(row['index']),
    eventId: text('event_id'),
    type: text('type'),
    service: text('service'),
    action: text('action'),
    subject: text('subject'),
    operation: text('operation'),
    outcome: row['outcome'] as (typeof outcomes)[number],
    severity: row['severity'] as (typeof severities)[number],
    status: row['status'] as number | null,
    code: row['code'] as string | null,
    actor: { type: text('actor_type'), id: text('actor_id') },
    timestamp: text('at'),
    requestId: text('request_id'),
    correlationId: text('correlation_id'),
    sourceAddress: row['source'] as string | null,
    userAgent: row['user_agent'] as string | null,
    position: text('position'),
    leaf: (row['leaf'] as Buffer).toString('hex'),
    chain: (row['chain'] as Buffer).toString('hex'),
  };
}
