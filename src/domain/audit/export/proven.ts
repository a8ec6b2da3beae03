import { z } from 'zod';
import type { AuditEntry } from '../../../kernel/proof/entry.ts';

/** An entry with its hash in the tree and the chain's value behind it. */
export interface ProvenEntry {
  readonly entry: AuditEntry;
  /** The entry's canonical JSON, where it has been made. */
  readonly canonical?: string;
  readonly leaf: Buffer;
  readonly chain: Buffer;
}

/** What is left of an entry that retention has taken: its place, its hash in the tree, and the chain's value behind it. */
export interface PrunedEntry {
  readonly entry?: undefined;
  readonly tenant: string;
  readonly index: number;
  readonly leaf: Buffer;
  readonly chain: Buffer;
}

/** A line of an export. */
export type ExportLine = ProvenEntry | PrunedEntry;

export const indexOf = (line: ExportLine): number => line.entry?.index ?? (line as PrunedEntry).index;
export const tenantOf = (line: ExportLine): string => line.entry?.tenant ?? (line as PrunedEntry).tenant;

/** The data of the entry's leaf. */
export function canonicalOf({ canonical, entry }: Pick<ProvenEntry, 'canonical' | 'entry'>): string {
  return canonical ?? canonicalEntry(entry);
}

/**
 * An entry's canonical JSON (RFC 8785), several times as fast as for any value: with its members in order, plain JSON of well-formed
 * strings and of whole numbers is canonical.
 */
export function canonicalEntry(entry: AuditEntry): string {
  const { action, actor, at, causationId, correlationId, eventId, index, operation, payload, position } = entry;
  const { requestId, revision, stream, subject, tenant, type, v } = entry;
  return JSON.stringify({
    ...{ action, actor: { id: actor.id, type: actor.type }, at, causationId, correlationId, eventId, index, operation },
    ...{ payload, position, requestId, revision, stream, subject, tenant, type, v },
  });
}

/** What is not of an export; the message says why. */
export class MalformedExport extends Error {
  override readonly name = 'MalformedExport';
}

const text = z.string().refine((value) => value.isWellFormed(), 'has a lone surrogate');

/** The canonical form of an entry; nothing may stand beside it. */
export const EntrySchema = z.strictObject({
  v: z.literal(1),
  tenant: text,
  index: z.int().min(0),
  eventId: text,
  type: text,
  stream: text,
  revision: z.int().min(0),
  position: text,
  at: text,
  actor: z.strictObject({ type: text, id: text }),
  operation: text,
  action: text,
  subject: text,
  requestId: text,
  correlationId: text,
  causationId: text,
  payload: text,
});
