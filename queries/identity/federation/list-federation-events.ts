import { z } from 'zod';
import {
  EventMetadata,
  EventType,
  isForward,
  Outcome,
  Provider,
  ProviderUserId,
} from '../../../src/domain/identity/federation/fields.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { contentIn } from '../../../src/kernel/payload.ts';
import { query, type Row } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const event = z.object({
  eventId: z.string(),
  eventType: z.string(),
  provider: z.string(),
  userId: z.string(),
  timestamp: z.string(),
  metadata: EventMetadata,
  outcome: Outcome,
  /** Attempts it stands for: more than one where failures of a minute are summed. */
  count: z.int(),
  /** Who reported it; null for what this installation has seen itself. */
  claimedBy: z.string().nullable(),
});

const anyOf = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(100).optional();

export const listFederationEvents = query({
  name: 'identity.listFederationEvents',
  summary:
    'Lists, newest first, what identity providers reported and our own logins and logouts; from startTime on and before endTime.',
  route: 'POST /auth/federation/audit/query',
  input: z
    .strictObject({
      startTime: Instant.optional(),
      endTime: Instant.optional(),
      eventTypes: anyOf(EventType),
      providers: anyOf(Provider),
      userIds: anyOf(ProviderUserId),
    })
    .refine(({ startTime, endTime }) => isForward(startTime, endTime), {
      path: ['endTime'],
      error: 'is not after startTime',
    }),
  output: z.object({ events: z.array(event), nextCursor: z.string().nullable() }),
  controls: {
    permission: 'identity.federation.read',
    audit: { action: 'identity.federation.query', subject: () => 'federation' },
  },
  reads: 'identity_federation_events',
  page: { by: ['position', 'revision'], direction: 'desc', defaultLimit: 100, maxLimit: 1_000, total: true },
  run: ({ startTime, endTime, eventTypes, providers, userIds }, { tenant }) => sql`
    select * from identity_federation_events
    where tenant_id = ${tenant}
      and at >= ${startTime ?? '-infinity'}::timestamptz and at < ${endTime ?? 'infinity'}::timestamptz
      and (${eventTypes ?? null}::text[] is null or event_type = any(${eventTypes ?? null}))
      and (${providers ?? null}::text[] is null or provider = any(${providers ?? null}))
      and (${userIds ?? null}::text[] is null or user_id = any(${userIds ?? null}))`,
  respond: (rows) => ({ events: rows.map(toEvent), nextCursor: null }),
});

function toEvent(row: Row): z.input<typeof event> {
  return {
    eventId: row['event_id'] as string,
    eventType: row['event_type'] as string,
    provider: row['provider'] as string,
    userId: row['user_id'] as string,
    timestamp: (row['at'] as Date).toISOString(),
    metadata: { ...(row['metadata'] as Record<string, unknown>), ...contentIn(row['payload']) },
    outcome: row['outcome'] as 'success' | 'failure',
    count: row['count'] as number,
    claimedBy: row['claimed_by'] as string | null,
  };
}
