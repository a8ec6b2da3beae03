import { type EventMetadata, parseStream } from '../codec.ts';
import { canonicalJson, NotCanonical } from '../crypto/canonical-json.ts';
import { sha256, sha256Of } from '../crypto/sha256.ts';
import type { LogEvent } from '../log.ts';
import { platformTenant } from '../principal.ts';

/**
 * One entry of a tenant's audit log. Its canonical JSON (RFC 8785) is a leaf of the tenant's tree. What may have to be erased one
 * day is not in it but behind `payload`, a salted commitment: the entry and its proofs stand when the payload is gone.
 */
export interface AuditEntry {
  readonly v: 1;
  readonly tenant: string;
  /** Place in the tenant's log, from 0. */
  readonly index: number;
  readonly eventId: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  /** Commit position in the whole log, in decimal. */
  readonly position: string;
  /** ISO 8601, UTC */
  readonly at: string;
  readonly actor: { readonly type: string; readonly id: string };
  readonly operation: string;
  readonly action: string;
  readonly subject: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** Base64 of SHA-256(salt || canonical JSON of the payload). */
  readonly payload: string;
}

/** What an entry commits to without saying it. The event's data is behind a commitment of its own, so that either can be shown alone. */
export interface EntryPayload {
  /** Base64 of SHA-256(salt || canonical JSON of the event's data). */
  readonly data: string;
  readonly source?: string;
  readonly userAgent?: string;
}

/** Characters an entry tells of one field at most: an entry has to fit into 65,535 bytes. */
const fieldLength = 500;

/** Whose log an event stands in: what its stream says. What belongs to no tenant is the platform's. */
export function tenantOf({ stream }: LogEvent): string {
  return plain(parseStream(stream)?.tenant) || platformTenant;
}

/** A field as entries and read models can hold it, whoever wrote the event: no NUL, no lone surrogate, not too long. */
function plain(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.slice(0, fieldLength).toWellFormed().replaceAll('\0', '\ufffd');
}

/**
 * Builds the entry of a stored event at its place in the tenant's log. There is one for every event, whatever stands in it.
 *
 * @param payload of the event, where it is known already
 */
export function entryOf(index: number, stored: LogEvent, payload: EntryPayload = payloadOf(stored)): AuditEntry {
  const metadata = stored.metadata as Partial<EventMetadata>;
  const { id, position, revision, stream, type } = stored;
  return {
    v: 1,
    tenant: tenantOf(stored),
    index,
    eventId: id,
    type: plain(type),
    stream: plain(stream),
    revision,
    position: position.toString(),
    at: plain(metadata.at),
    actor: { type: plain(metadata.actor?.type) || 'system', id: plain(metadata.actor?.id) || 'unknown' },
    operation: plain(metadata.operation),
    action: plain(metadata.action),
    subject: plain(metadata.subject),
    requestId: plain(metadata.requestId),
    correlationId: plain(metadata.$correlationId),
    causationId: plain(metadata.$causationId),
    payload: commitment(saltOf(stored), payload).toString('base64'),
  };
}

/** The payload of a stored event. */
export function payloadOf(stored: LogEvent): EntryPayload {
  const { source, userAgent } = stored.metadata as Partial<EventMetadata>;
  return {
    data: commitment(saltOf(stored), stored.data).toString('base64'),
    ...(source === undefined ? {} : { source: plain(source) }),
    ...(userAgent === undefined ? {} : { userAgent: plain(userAgent) }),
  };
}

/** The 16 random bytes every event carries for its commitment, in base64url. */
export function saltOf({ metadata }: LogEvent): string {
  const { salt } = metadata as Partial<EventMetadata>;
  return plain(salt);
}

/** SHA-256(salt || canonical JSON of the content). The salt keeps a short content from being guessed. */
export function commitment(salt: string, content: unknown): Buffer {
  return sha256Of(Buffer.from(salt, 'base64url'), Buffer.from(committedText(content), 'utf8'));
}

/** A content without a canonical form, which none of ours is, is committed to as the string of its plain JSON. */
function committedText(content: unknown): string {
  try {
    return canonicalJson(content);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    return canonicalJson(JSON.stringify(content) ?? '');
  }
}

/** A leaf's data. */
export function leafData(entry: AuditEntry): Buffer {
  return Buffer.from(canonicalEntry(entry), 'utf8');
}

/**
 * An entry's canonical JSON (RFC 8785), several times as fast as for any value: with its members in order, plain JSON of well-formed
 * strings and of whole numbers is canonical.
 */
export function canonicalEntry(entry: AuditEntry): string {
  const { action, actor, at, causationId, correlationId, eventId, index, operation, payload, position } = entry;
  const { requestId, revision, stream, subject, tenant, type, v } = entry;
  const { id, type: actorType } = actor;
  // One literal: put together from several, it takes Node 20 ten times as long, and memory that only a full collection gives back.
  return JSON.stringify({
    action,
    actor: { id, type: actorType },
    at,
    causationId,
    correlationId,
    eventId,
    index,
    operation,
    payload,
    position,
    requestId,
    revision,
    stream,
    subject,
    tenant,
    type,
    v,
  });
}

/** Names a tenant's log in checkpoints. */
export function originOf(installation: string, tenant: string): string {
  return `${installation}/audit/${tenant}`;
}

/** What a tenant's chain starts from: the same in every installation, since its entries tell them apart. */
export function chainOrigin(tenant: string): string {
  return originOf('keyledger', tenant);
}

/** The chain's value before the first entry: SHA-256 of the origin behind a fixed prefix. */
export function chainStart(origin: string): Buffer {
  return sha256(`keyledger/audit-chain/v1\n${origin}`);
}

/** The chain's value after an entry: SHA-256(previous || leaf hash). */
export function chainNext(previous: Buffer, leafHash: Buffer): Buffer {
  return sha256Of(previous, leafHash);
}
