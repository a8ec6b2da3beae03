import { z } from 'zod';
import { verifyDocument } from '../../../kernel/crypto/signing.ts';
import type { DocumentSigner } from '../../../kernel/ports.ts';

/** What the seal of an archive is signed as. */
const purpose = 'audit-archive';
const kind = 'seal';

const Seal = z.strictObject({
  kind: z.literal(kind),
  document: z.strictObject({
    kind: z.literal('keyledger/audit-archive'),
    v: z.literal(1),
    runId: z.uuid(),
    bytes: z.int(),
    sha256: z.hex(),
  }),
  purpose: z.literal(purpose),
  signature: z.record(z.string(), z.unknown()),
});

/** What stands before the seal, as it is kept: compressed. */
export interface SumBefore {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** A seal as it was found, and where in the file it begins. */
export interface FoundSeal {
  readonly begin: number;
  readonly seal: z.infer<typeof Seal>;
}

/** Bytes at the end of a file in which a seal is looked for. */
export const sealRoom = 65_536;

/** The last line of an archive, as a gzip member of its own: it vouches for every byte before it. */
export async function archiveSeal(
  signer: DocumentSigner,
  runId: string,
  { bytes, sha256 }: SumBefore,
): Promise<Buffer> {
  const document = { kind: 'keyledger/audit-archive', v: 1, runId, bytes, sha256 } as const;
  return member(lineOf({ kind, document, purpose, signature: { ...(await signer.sign(purpose, document)) } }));
}

/**
 * Finds the seal of an archive: one that is spelled otherwise by a single bit is none.
 *
 * @param end the last bytes of the file, `sealRoom` where there are so many
 * @param size of the file
 */
export function sealIn(end: Buffer, size: number): FoundSeal | undefined {
  const at = end.lastIndexOf(opening);
  if (at < 0) return undefined;
  const line = end.subarray(at + opening.length + lengthBytes, end.length - trailerBytes);
  const seal = Seal.safeParse(json(line.toString('utf8'))).data;
  if (seal === undefined || !member(lineOf(seal)).equals(end.subarray(at))) return undefined;
  return { begin: size - (end.length - at), seal };
}

/** What is wrong with a file by its seal; undefined where nothing was changed. */
export function unsealed(
  { seal }: FoundSeal,
  before: SumBefore,
  keys: Readonly<Record<string, unknown>>,
): string | undefined {
  const { document } = seal;
  const verdict = verifyDocument(seal, keys);
  if (!verdict.valid) return `its seal: ${verdict.reason}`;
  return document.bytes === before.bytes && document.sha256 === before.sha256
    ? undefined
    : 'it is not what its seal was made of';
}

/** Whether a line is that of a seal. */
export const isSealLine = (line: string): boolean => line.startsWith(`{"kind":"${kind}",`);

const lineOf = ({ document, purpose: as, signature }: z.infer<typeof Seal>): Buffer =>
  Buffer.from(`${JSON.stringify({ kind, document, purpose: as, signature })}\n`);

/** How a member begins that says nothing of time and system and holds one stored block (RFC 1952, RFC 1951 3.2.4). */
const opening = Buffer.from('1f8b08000000000000ff01', 'hex');
const lengthBytes = 4;
const trailerBytes = 8;

/** A gzip member that stores what it holds: every bit of it is told by its content. */
function member(content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt16LE(content.length, 0);
  length.writeUInt16LE(content.length ^ 0xffff, 2);
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([opening, length, content, trailer]);
}

/** As RFC 1952 8 has it, bit by bit: a line is short. */
function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
