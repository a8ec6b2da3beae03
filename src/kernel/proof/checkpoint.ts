import { MalformedNote } from './signed-note.ts';

/** The head of a log's tree (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log: a schema-less URL without spaces and plus. */
  readonly origin: string;
  /** Leaves in the tree. */
  readonly size: number;
  /** RFC 6962 root, 32 bytes. */
  readonly root: Buffer;
}

/** The note text of a checkpoint: origin, size and root, a line each. */
export function checkpointText({ origin, root, size }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/**
 * Reads a checkpoint's note text. Extension lines are passed over: nobody signs for their meaning.
 *
 * @throws {MalformedNote}
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.endsWith('\n') ? text.slice(0, -1).split('\n') : [];
  const hash = Buffer.from(root, 'base64');
  const number = /^(0|[1-9]\d{0,15})$/.test(size) ? Number(size) : Number.NaN;
  const sound = origin !== '' && Number.isSafeInteger(number) && hash.length === 32 && hash.toString('base64') === root;
  if (!sound || extensions.includes('')) throw new MalformedNote('a checkpoint is an origin, a size and a root hash');
  return { origin, size: number, root: hash };
}

/** Who cosigns what, and when. */
export interface Cosigned {
  readonly cosigner: string;
  /** POSIX seconds */
  readonly timestamp: number;
  readonly checkpoint: Checkpoint;
}

/** What an Ed25519 cosignature (type 0x04) signs: header and time, then the whole note text (C2SP tlog-cosignature). */
export function cosignedText(timestamp: number, noteText: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${timestamp}\n${noteText}`);
}

/** What an ML-DSA-44 cosignature (type 0x06) signs: the `cosigned_message` structure (C2SP tlog-cosignature). */
export function cosignedMessage({ checkpoint, cosigner, timestamp }: Cosigned): Buffer {
  return Buffer.concat([
    Buffer.from('subtree/v1\n\0'),
    opaque(cosigner),
    uint64(timestamp),
    opaque(checkpoint.origin),
    uint64(0),
    uint64(checkpoint.size),
    checkpoint.root,
  ]);
}

/** A cosignature as the note carries it: the time, then the signature. */
export function timestampedSignature(timestamp: number, signature: Uint8Array): Buffer {
  return Buffer.concat([uint64(timestamp), signature]);
}

export function parseTimestampedSignature(bytes: Buffer): { readonly timestamp: number; readonly signature: Buffer } {
  if (bytes.length < 9 || bytes.readBigUInt64BE() > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new MalformedNote('a cosignature is eight bytes of time and a signature');
  }
  return { timestamp: Number(bytes.readBigUInt64BE()), signature: bytes.subarray(8) };
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** A string of 1 to 255 bytes behind its length (RFC 8446 §3.4). */
function opaque(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 1 || bytes.length > 255) throw new RangeError('a name has 1 to 255 bytes');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
