import { v5 as uuidv5 } from 'uuid';
import { type AuditEvent, auditEventOf } from '../../domain/audit/streaming/audit-event.ts';
import { cloudEventOf } from '../../domain/audit/streaming/cloud-event.ts';
import { type Filters, matches } from '../../domain/audit/streaming/filters.ts';
import { Subscription } from '../../domain/audit/streaming/subscription.ts';
import { parseStream } from '../../kernel/codec.ts';
import type { EventLog, LogEvent } from '../../kernel/log.ts';
import { type PersonalData, revealed } from '../../kernel/personal.ts';
import { laneOf } from './backlog.ts';
import type { Parcel } from './destinations/destination.ts';
import { liveFeed, type OpenDelivery, type Place } from './rows.ts';

/** A delivery with what is to be sent. */
export interface Packed {
  readonly delivery: OpenDelivery;
  readonly parcel: Parcel;
}

/** What of the log a subscription wants: its tenant's events that pass its filters, but none that tells of its own deliveries. */
export function wanted({ subscriptionId, tenant }: Place, filters: Filters, stored: LogEvent): AuditEvent | undefined {
  const place = parseStream(stored.stream);
  if (place?.tenant !== tenant) return undefined;
  const own = place.aggregate === Subscription.name && place.id === subscriptionId;
  if (own && /\.(?:DeliveryFailed|Disabled)$/.test(stored.type)) return undefined;
  const event = auditEventOf(stored);
  return event !== undefined && matches(filters, event) ? event : undefined;
}

/** An event of a feed, ready to be sent for the first time. */
export function pack({ subscriptionId }: Place, feed: string, stored: LogEvent, event: AuditEvent): Packed {
  const replayId = feed === liveFeed ? undefined : feed;
  const { position, revision, stream, type } = stored;
  const deliveryId = uuidv5(`${feed}/${stored.id}`, subscriptionId);
  const delivery = { deliveryId, replayId, eventId: stored.id, eventType: type, stream, revision, position };
  const open: OpenDelivery = { ...delivery, attempts: 0, tries: 0, firstAt: undefined, nextAt: undefined };
  return { delivery: open, parcel: parcelOf(open, event) };
}

/** An open delivery, with its event read again; undefined where the log no longer has it. @throws {StoreUnavailable} */
export async function repack(log: Pick<EventLog, 'readStream'>, delivery: OpenDelivery): Promise<Packed | undefined> {
  for await (const stored of log.readStream(delivery.stream, { from: delivery.revision, max: 1 })) {
    const event = stored.id === delivery.eventId ? auditEventOf(stored) : undefined;
    return event && { delivery, parcel: parcelOf(delivery, event) };
  }
  return undefined;
}

/** A parcel as it is sent: personal data in clear, as long as nobody has erased it. @throws {StoreUnavailable} */
export async function shownParcel(
  personal: Pick<PersonalData, 'open'>,
  tenant: string,
  parcel: Parcel,
): Promise<Parcel> {
  const event = await revealed(personal, tenant, parcel.event);
  return { ...parcel, event, cloudEvent: cloudEventOf(event) };
}

function parcelOf(delivery: OpenDelivery, event: AuditEvent): Parcel {
  return { lane: laneOf(delivery), deliveryId: delivery.deliveryId, event, cloudEvent: cloudEventOf(event) };
}
