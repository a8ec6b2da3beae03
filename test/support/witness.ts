import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { cosigned, plainNote } from './plain-proofs.ts';

/** A witness with a key of each kind, in plain code. */
export interface TestWitness {
  readonly name: string;
  readonly vkeys: readonly [string, string];
  /** The note with both cosignatures. */
  cosign(note: string): string;
}

export function testWitness(name: string): TestWitness {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const post = ml_dsa44.keygen(createHash('sha256').update(name).digest());
  const ed = Buffer.concat([Buffer.of(4), Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')]);
  const ml = Buffer.concat([Buffer.of(6), post.publicKey]);
  const idOf = (typed: Buffer): Buffer =>
    createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1_767_225_600n);
  const line = (typed: Buffer, signature: Uint8Array): string =>
    `— ${name} ${Buffer.concat([idOf(typed), time, signature]).toString('base64')}\n`;
  const vkey = (typed: Buffer): string => `${name}+${idOf(typed).toString('hex')}+${typed.toString('base64')}`;
  return {
    name,
    vkeys: [vkey(ed), vkey(ml)],
    cosign: (note) => {
      const read = plainNote(note);
      const message = Buffer.from(`cosignature/v1\ntime 1767225600\n${read.text}`);
      const lines = [
        line(ed, sign(null, message, privateKey)),
        line(ml, ml_dsa44.sign(cosigned(read, name, time), post.secretKey)),
      ];
      return `${note}${lines.join('')}`;
    },
  };
}
