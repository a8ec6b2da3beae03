import { createHash, createPublicKey, verify } from 'node:crypto';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';

/** Checks of what the audit publishes, in plain code of their own: nothing of the product is used. */

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const plainLeaf = (data: string): Buffer => sha256(Buffer.of(0), Buffer.from(data));
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/** RFC 9162, 2.1.3.2 */
export function plainInclusion(of: {
  readonly index: number;
  readonly size: number;
  readonly leaf: Buffer;
  readonly proof: readonly string[];
}): string {
  let [fn, sn, root] = [of.index, of.size - 1, of.leaf];
  for (const step of of.proof.map((hash) => Buffer.from(hash, 'base64'))) {
    if (sn === 0) throw new Error('the proof is too long');
    if (fn % 2 === 1 || fn === sn) {
      root = node(step, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else root = node(root, step);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  if (sn !== 0) throw new Error('the proof is too short');
  return root.toString('base64');
}

/** RFC 9162, 2.1.4.2: the roots of both sizes as the proof gives them. */
export function plainConsistency(
  first: number,
  second: number,
  path: readonly string[],
  firstRoot: string,
): readonly [string, string] {
  if (first === second) return [firstRoot, firstRoot];
  const proof = path.map((hash) => Buffer.from(hash, 'base64'));
  if (Number.isInteger(Math.log2(first))) proof.unshift(Buffer.from(firstRoot, 'base64'));
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [proof[0] as Buffer, proof[0] as Buffer];
  for (const step of proof.slice(1)) {
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(step, fr), node(step, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else sr = node(sr, step);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return [fr.toString('base64'), sr.toString('base64')];
}

export interface PlainNote {
  readonly text: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly signatures: readonly { readonly name: string; readonly bytes: Buffer }[];
}

export function plainNote(note: string): PlainNote {
  const [text = '', lines = ''] = note.split('\n\n');
  const [origin = '', size = '', root = ''] = text.split('\n');
  const signatures = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [, name = '', bytes = ''] = line.split(' ');
      return { name, bytes: Buffer.from(bytes, 'base64') };
    });
  return { text: `${text}\n`, origin, size: Number(size), root, signatures };
}

/** Which of the keys have signed the note; throws where a signature of one of them does not hold. */
export function plainSigners(note: string, vkeys: readonly string[]): readonly string[] {
  const read = plainNote(note);
  return vkeys.flatMap((vkey) => {
    const [name = '', id = '', ...rest] = vkey.split('+');
    const typed = Buffer.from(rest.join('+'), 'base64');
    const line = read.signatures.find(
      ({ bytes, name: by }) => by === name && bytes.subarray(0, 4).toString('hex') === id,
    );
    if (line === undefined) return [];
    const kind = kindOf(typed);
    if (!kind.check(read, name, line.bytes.subarray(4))) throw new Error(`the ${kind.name} signature does not hold`);
    return [kind.name];
  });
}

interface Kind {
  readonly name: string;
  check(note: PlainNote, name: string, signature: Buffer): boolean;
}

function kindOf(typed: Buffer): Kind {
  const key = typed.subarray(1);
  if (typed[0] === 1) return { name: 'Ed25519', check: (note, _, bytes) => ed25519(note.text, key, bytes) };
  if (typed[0] === 4) {
    const check: Kind['check'] = (note, _, bytes) =>
      ed25519(`cosignature/v1\ntime ${bytes.readBigUInt64BE()}\n${note.text}`, key, bytes.subarray(8));
    return { name: 'Ed25519 cosignature', check };
  }
  if (typed[0] === 6) {
    const check: Kind['check'] = (note, name, bytes) =>
      ml_dsa44.verify(bytes.subarray(8), cosigned(note, name, bytes.subarray(0, 8)), key);
    return { name: 'ML-DSA-44 cosignature', check };
  }
  const large = key.subarray(0, 19).toString() === 'keyledger/ml-dsa-87';
  const scheme = large ? ml_dsa87 : ml_dsa65;
  return {
    name: large ? 'ML-DSA-87' : 'ML-DSA-65',
    check: (note, _, bytes) => scheme.verify(bytes, Buffer.from(note.text), key.subarray(19)),
  };
}

function ed25519(text: string, key: Buffer, signature: Buffer): boolean {
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') },
    format: 'jwk',
  });
  return verify(null, Buffer.from(text), publicKey, signature);
}

/** `cosigned_message` of C2SP tlog-cosignature. */
export function cosigned({ origin, root, size }: PlainNote, name: string, time: Buffer): Buffer {
  const end = Buffer.alloc(8);
  end.writeBigUInt64BE(BigInt(size));
  const sized = (text: string): Buffer => Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]);
  const label = Buffer.from('subtree/v1\n\0');
  return Buffer.concat([label, sized(name), time, sized(origin), Buffer.alloc(8), end, Buffer.from(root, 'base64')]);
}
