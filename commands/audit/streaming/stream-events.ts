import { z } from 'zod';
import { type AuditEvent, auditEventOf } from '../../../src/domain/audit/streaming/audit-event.ts';
import { cloudEventOf } from '../../../src/domain/audit/streaming/cloud-event.ts';
import { matches } from '../../../src/domain/audit/streaming/filters.ts';
import { isThere, LogPosition, notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { endingOf, farewell } from '../../../src/domain/audit/streaming/sse.ts';
import { Subscription, type SubscriptionState } from '../../../src/domain/audit/streaming/subscription.ts';
import { parseStream } from '../../../src/kernel/codec.ts';
import type { Rendered } from '../../../src/kernel/event-streams.ts';
import { file, fileOutput } from '../../../src/kernel/file.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { revealed } from '../../../src/kernel/personal.ts';
import { reject } from '../../../src/kernel/rejection.ts';

const mediaType = 'text/event-stream';
const permission = 'audit.stream.read';

export const streamEvents = operation({
  name: 'audit.streamEvents',
  summary:
    'Streams a subscription’s events as they happen, each a CloudEvent. Resumes behind Last-Event-ID, or behind a log position; each id is good for as long as the log is.',
  route: 'GET /audit/v1/streaming/events',
  aliases: ['GET /v1/streaming/events'],
  input: z.strictObject({
    subscriptionId: SubscriptionId,
    lastEventId: z.string().max(2_048).optional(),
    after: LogPosition.optional(),
  }),
  headers: { 'last-event-id': 'lastEventId' },
  output: fileOutput(mediaType),
  controls: {
    effect: 'read',
    permission,
    audit: { action: 'audit.stream.read', subject: ({ subscriptionId }) => subscriptionId },
  },
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404, SubscriptionNotActive: 409, CursorInvalid: 400, StreamsExhausted: 429 },
  perform: async (subscription, { after, lastEventId, subscriptionId }, { ports, principal, tenant }) => {
    const { personal, streams } = ports;
    if (!isThere(subscription)) return notFound();
    if (subscription.status !== 'active') return reject('SubscriptionNotActive', `It is ${subscription.status}.`);
    const place = { tenant, subscriptionId };
    const resumed = lastEventId === undefined ? undefined : streams.positionOf(place, lastEventId);
    if (lastEventId !== undefined && resumed === undefined) {
      return reject('CursorInvalid', 'Last-Event-ID is not an id of this subscription’s stream.');
    }
    if (!streams.hasRoom(tenant)) return reject('StreamsExhausted', 'Too many streams of this tenant are open here.');
    const from = resumed ?? (after === undefined ? await streams.head() : BigInt(after));
    const render = async (stored: LogEvent): Promise<Rendered> => {
      const found = foundFor(subscription, tenant, stored);
      if (found === undefined || 'ends' in found) return found;
      return { data: JSON.stringify(cloudEventOf(await revealed(personal, tenant, found))) };
    };
    const content = streams.open({ ...place, principal, permission, after: from, render });
    return file(mediaType, content, undefined, { live: farewell });
  },
});

/** The event as the subscriber is told of it, or why the stream ends with it. */
function foundFor(
  { activeSince, filters, subscriptionId }: SubscriptionState,
  tenant: string,
  stored: LogEvent,
): AuditEvent | { readonly ends: string } | undefined {
  const place = parseStream(stored.stream);
  if (place?.tenant !== tenant) return undefined;
  // What ended it before it was resumed is history: a stream that begins further back reads on.
  const ends = stored.revision > activeSince ? endingOf(subscriptionId, place, stored.type) : undefined;
  if (ends !== undefined) return { ends };
  const event = auditEventOf(stored);
  return event !== undefined && matches(filters, event) ? event : undefined;
}
