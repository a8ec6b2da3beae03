import type { Severity } from '../classify.ts';
import type { AuditEvent } from './audit-event.ts';

/** A CloudEvent 1.0 in structured form, with the extensions sequence, partitioning, severity and distributed causes. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The event's place in its stream, padded so that text orders as numbers do. */
  readonly sequence: string;
  /** The stream: events of one are delivered in order. */
  readonly partitionkey: string;
  readonly correlationid: string;
  readonly causationid: string;
  readonly severitytext: string;
  /** As OpenTelemetry numbers severities. */
  readonly severitynumber: number;
  readonly data: Omit<AuditEvent, 'tenant'>;
}

export const cloudEventMediaType = 'application/cloudevents+json; charset=utf-8';

const sequenceDigits = 10;
const severityNumbers: Readonly<Record<Severity, number>> = { info: 9, notice: 10, warning: 13, critical: 21 };

/** The envelope of an event: a function of the event alone, so that a replay sends the same bytes. */
export function cloudEventOf({ tenant, ...data }: AuditEvent): CloudEvent {
  return {
    specversion: '1.0',
    id: data.eventId,
    source: `/tenants/${encodeURIComponent(tenant)}/${encodeURIComponent(data.service)}`,
    type: data.type,
    subject: data.subject === '' ? data.stream : data.subject,
    time: data.at,
    datacontenttype: 'application/json',
    sequence: String(data.revision).padStart(sequenceDigits, '0'),
    partitionkey: data.stream,
    correlationid: data.correlationId,
    causationid: data.causationId,
    severitytext: data.severity,
    severitynumber: severityNumbers[data.severity],
    data,
  };
}
