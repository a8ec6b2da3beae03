import { randomBytes } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { type AnyAggregate, type DomainEvent, eventType, type Fact } from './aggregate.ts';
import type { LogEvent, NewEvent } from './log.ts';

/** Keys of the metadata every event carries. `$correlationId` and `$causationId` are EventStoreDB's own names. */
export interface EventMetadata {
  readonly tenant: string;
  readonly actor: { readonly type: string; readonly id: string };
  /** ISO 8601, UTC */
  readonly at: string;
  readonly operation: string;
  readonly commandId: string;
  readonly requestId: string;
  readonly schema: number;
  readonly $correlationId: string;
  readonly $causationId: string;
  readonly action?: string;
  readonly subject?: string;
  readonly billable?: string;
  readonly units?: number;
  readonly meter?: string;
  readonly source?: string;
  readonly userAgent?: string;
  readonly traceparent?: string;
  /** 16 random bytes, base64url: the salt of the event's commitment in the audit log. */
  readonly salt: string;
  /** Where the caller gave an idempotency key: a MAC of what was asked, and what was answered. */
  readonly idempotency?: { readonly input: string; readonly answer?: unknown };
}

/** The metadata as the writer gives it; the codec adds schema version and salt. */
export type GivenMetadata = Omit<EventMetadata, 'schema' | 'salt'>;

/** A stored event of a version newer than this program knows. The reader must stop: an older program cannot guess. */
export class UnknownEventVersion extends Error {
  override readonly name = 'UnknownEventVersion';
}

/** `<ctx>.<Aggregate>-<tenantId>.<id>`; the tenant has no dot, the id may. */
export function streamName(aggregate: string, tenant: string, id: string): string {
  return `${aggregate}-${tenant}.${id}`;
}

/** Splits a stream's name; undefined for a stream that is not one of ours. */
export function parseStream(
  stream: string,
): { readonly aggregate: string; readonly tenant: string; readonly id: string } | undefined {
  const dash = stream.indexOf('-');
  // Tenant ids are slugs or UUIDs and have dashes, but no dots.
  const dot = stream.indexOf('.', dash);
  if (dash < 1 || dot < 0) return undefined;
  return { aggregate: stream.slice(0, dash), tenant: stream.slice(dash + 1, dot), id: stream.slice(dot + 1) };
}

/** Event id = UUIDv5(command id, index): each retry of a command is the same write (RFC 9562 §5.5). */
export function eventId(commandId: string, index: number): string {
  return uuidv5(String(index), commandId);
}

/** Puts a domain event into the log's form. Secret values are refused by `assertNoSecret` at the call. */
export function encodeEvent(of: AnyAggregate, event: DomainEvent, id: string, metadata: GivenMetadata): NewEvent {
  return {
    id,
    type: eventType(event),
    data: event.data as Readonly<Record<string, unknown>>,
    metadata: { ...metadata, schema: of.versions?.[event.name] ?? 1, salt: randomBytes(16).toString('base64url') },
  };
}

/**
 * Reads a stored event as the aggregate's current version of it.
 *
 * @throws {UnknownEventVersion} it is newer than this program
 */
export function decodeEvent(of: AnyAggregate, stored: LogEvent): { readonly event: DomainEvent; readonly fact: Fact } {
  const name = stored.type.slice(of.name.length + 1);
  const current = of.versions?.[name] ?? 1;
  const version = typeof stored.metadata['schema'] === 'number' ? stored.metadata['schema'] : 1;
  if (version > current || of.schemas[name] === undefined) {
    throw new UnknownEventVersion(
      `${stored.type} version ${version} at position ${stored.position}: this program knows ${of.schemas[name] === undefined ? 'no such event' : `version ${current}`}; run the newer release`,
    );
  }
  let data = stored.data as Record<string, unknown>;
  for (let v = version; v < current; v++) data = upcast(of, name, v)(data);
  return { event: { aggregate: of.name, name, data }, fact: factOf(stored) };
}

function upcast(
  of: AnyAggregate,
  name: string,
  from: number,
): (data: Record<string, unknown>) => Record<string, unknown> {
  const step = of.upcasts?.[name]?.[from];
  if (step === undefined) throw new TypeError(`${of.name}.${name} has no upcast from version ${from}`);
  return step;
}

/** The fact beside a stored event's data. */
export function factOf(stored: LogEvent): Fact {
  const metadata = stored.metadata as Partial<EventMetadata> & Readonly<Record<string, unknown>>;
  const stream = parseStream(stored.stream);
  return {
    eventId: stored.id,
    stream: stored.stream,
    id: stream?.id ?? '',
    revision: stored.revision,
    position: stored.position,
    tenant: stream?.tenant ?? '',
    at: metadata.at ?? '',
    actor: (metadata.actor ?? { type: 'system', id: 'unknown' }) as Fact['actor'],
    metadata,
  };
}
