import { z } from 'zod';
import { leafHash } from '../../../kernel/crypto/merkle.ts';
import { verifyInclusion } from '../../../kernel/crypto/merkle-verify.ts';
import { isPayload, OpenedPayload, SealedPayload } from '../../../kernel/payload.ts';
import { type AuditEntry, chainNext, commitment, leafData } from '../../../kernel/proof/entry.ts';
import { isSealLine } from './archive-seal.ts';

const Hash = z.base64().length(44);

/** The first line of an archive: whose entries, why they went, and the checkpoint their proofs lead to. */
export const ArchiveHead = z.strictObject({
  kind: z.literal('keyledger.audit-archive'),
  version: z.literal(1),
  tenant: z.string(),
  runId: z.uuid(),
  policyId: z.uuid(),
  policy: z.record(z.string(), z.unknown()),
  cutoff: z.string(),
  checkpoint: z.strictObject({ size: z.int(), root: Hash, note: z.string() }),
});
export type ArchiveHead = z.output<typeof ArchiveHead>;

/**
 * A line for each entry, by index. `data` is there where the fact leaves the log with the entry, or is sealed in part: then `opened` is
 * what was sealed, as long as its key was there.
 */
export const ArchivedEntry = z.strictObject({
  entry: z.custom<AuditEntry>((value) => typeof value === 'object' && value !== null),
  leaf: Hash,
  chain: Hash,
  proof: z.array(Hash),
  salt: z.string(),
  payload: z.strictObject({ data: Hash, source: z.string().optional(), userAgent: z.string().optional() }),
  data: z.unknown().optional(),
  opened: OpenedPayload.optional(),
});
export type ArchivedEntry = z.output<typeof ArchivedEntry>;

/** The last line: a file that was cut short has none. */
export const ArchiveEnd = z.strictObject({ kind: z.literal('end'), entries: z.int() });

/** Why an archive is not what it says, and in which line, from 1. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged';
  readonly line: number;

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.line = line;
  }
}

/**
 * Checks an archive by itself, line by line: each entry hashes to its leaf, the leaf is in the tree of the checkpoint, neighbours are linked,
 * and what entries only commit to is what they committed to. Whether the checkpoint is genuine its signed note says.
 */
export class ArchiveCheck {
  #head: ArchiveHead | undefined;
  #before: ArchivedEntry | undefined;
  #ended = false;
  #lines = 0;

  /** Entries that are sound. */
  get entries(): number {
    return Math.max(0, this.#lines - (this.#ended ? 2 : 1));
  }

  /** @param line of the file, uncompressed, in order @throws {ArchiveDamaged} */
  take(line: string): void {
    // What the seal vouches for is not for its line to say.
    if (this.#ended && isSealLine(line)) return;
    const value = jsonOf(line);
    if (this.#ended) throw this.#damaged('stands behind the end');
    if (this.#head === undefined) this.#head = this.#parsed(ArchiveHead, value);
    else if (ArchiveEnd.safeParse(value).success) this.#end(this.#parsed(ArchiveEnd, value).entries);
    else this.#entry(this.#head, this.#parsed(ArchivedEntry, value));
    this.#lines++;
  }

  /** @throws {ArchiveDamaged} the end is missing */
  whole(): { readonly head: ArchiveHead; readonly entries: number } {
    if (this.#head === undefined || !this.#ended) throw this.#damaged('the file ends before the archive does');
    return { head: this.#head, entries: this.entries };
  }

  #entry(head: ArchiveHead, archived: ArchivedEntry): void {
    const reason = damageOf(archived, head, this.#before);
    if (reason !== undefined) throw this.#damaged(reason);
    this.#before = archived;
  }

  #end(entries: number): void {
    if (entries !== this.entries) throw this.#damaged(`${entries} entries were written, and ${this.entries} are here`);
    this.#ended = true;
  }

  #parsed<T>(schema: z.ZodType<T>, value: unknown): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw this.#damaged(`is not as it should be: ${parsed.error.issues[0]?.message ?? 'unknown'}`);
  }

  #damaged(reason: string): ArchiveDamaged {
    return new ArchiveDamaged(this.#lines + 1, reason);
  }
}

function damageOf(
  archived: ArchivedEntry,
  { checkpoint, tenant }: ArchiveHead,
  before: ArchivedEntry | undefined,
): string | undefined {
  const { chain, entry, leaf, payload, proof, salt } = archived;
  const leafBytes = Buffer.from(leaf, 'base64');
  if (entry.tenant !== tenant) return 'is an entry of another tenant';
  if (!leafHash(leafData(entry)).equals(leafBytes)) return 'the entry is not the one that was hashed';
  const claim = {
    index: entry.index,
    size: checkpoint.size,
    leafHash: leafBytes,
    root: Buffer.from(checkpoint.root, 'base64'),
    proof: proof.map((hash) => Buffer.from(hash, 'base64')),
  };
  if (!verifyInclusion(claim)) return 'the entry is not in the tree of the checkpoint';
  if (commitment(salt, payload).toString('base64') !== entry.payload) return 'the payload is not the one committed to';
  const untold = dataDamageOf(archived);
  if (untold !== undefined) return untold;
  const follows = before !== undefined && before.entry.index + 1 === entry.index;
  if (before !== undefined && before.entry.index >= entry.index) return 'stands behind an entry that came later';
  if (follows && chainNext(Buffer.from(before.chain, 'base64'), leafBytes).toString('base64') !== chain) {
    return 'is not linked to the entry before it';
  }
  return undefined;
}

/** The entry commits to the data, and the data to what was sealed in them. */
function dataDamageOf({ data, opened, payload, salt }: ArchivedEntry): string | undefined {
  if (data !== undefined && commitment(salt, data).toString('base64') !== payload.data) {
    return 'the data are not those committed to';
  }
  if (opened === undefined) return undefined;
  const sealed = SealedPayload.safeParse((data as { readonly payload?: unknown } | undefined)?.payload).data;
  return sealed !== undefined && isPayload(opened, sealed)
    ? undefined
    : 'the opened payload is not the one that was sealed';
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
