import { hashBytes } from '../crypto/merkle.ts';
import { verifyInclusion } from '../crypto/merkle-verify.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { MalformedNote, type Note, parseNote } from './signed-note.ts';

/** That an entry is in a log, for whoever knows the log's public keys (C2SP tlog-proof v1). */
export interface LogProof {
  /** Nothing vouches for it: the leaf that is made of it does. */
  readonly extra: Buffer | undefined;
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly path: readonly Buffer[];
  /** The signed note of the checkpoint, as it was issued. */
  readonly checkpoint: string;
}

const magic = 'c2sp.org/tlog-proof@v1';

export function formatProof({ checkpoint, extra, index, path }: LogProof): string {
  const lines = [
    magic,
    ...(extra === undefined ? [] : [`extra ${extra.toString('base64')}`]),
    `index ${index}`,
    ...path.map((hash) => hash.toString('base64')),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws {MalformedNote} */
export function parseProof(text: string): LogProof {
  const split = text.indexOf('\n\n');
  if (split < 0) throw new MalformedNote('a proof is its lines, an empty line and a checkpoint');
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (first !== magic) throw new MalformedNote(`a proof begins with ${magic}`);
  const extra = lines[0]?.startsWith('extra ') === true ? base64(lines.shift()?.slice(6) ?? '') : undefined;
  const [, digits = ''] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? [];
  const index = digits === '' ? Number.NaN : Number(digits);
  if (!Number.isSafeInteger(index)) throw new MalformedNote('a proof names the index of its entry');
  const path = lines.map(base64);
  if (path.some(({ length }) => length !== hashBytes)) throw new MalformedNote('a hash has 32 bytes');
  return { extra, index, path, checkpoint: text.slice(split + 2) };
}

/** The checkpoint's note, where the proof leads from the leaf to its root; undefined where it does not. @throws {MalformedNote} */
export function provenBy({ checkpoint, index, path }: LogProof, leafHash: Buffer): Note | undefined {
  const note = parseNote(checkpoint);
  const { root, size } = parseCheckpoint(note.text);
  return verifyInclusion({ index, size, root, leafHash, proof: path }) ? note : undefined;
}

function base64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new MalformedNote('a line of the proof is not base64');
  return bytes;
}
