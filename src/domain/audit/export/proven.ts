import { z } from 'zod';
import { type AuditEntry, canonicalEntry } from '../../../kernel/proof/entry.ts';

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
