import { hkdfSync, sign } from 'node:crypto';
import { ed25519KeyPair, ed25519PublicBytes } from '../crypto/ed25519.ts';
import type { SigningProfile } from '../crypto/hybrid-signature.ts';
import { mlDsa } from '../crypto/ml-dsa.ts';
import { type Checkpoint, checkpointText, cosignedMessage, timestampedSignature } from './checkpoint.ts';
import { formatNote, type NoteSignature, noteKeyId, signatureTypes, verifierKey } from './signed-note.ts';
import { ownSignatureTypes } from './verifiers.ts';

/** The keys one secret gives a log: Ed25519, ML-DSA-44 as its own cosigner, and ML-DSA-65 or, where CNSA asks for it, ML-DSA-87. */
export interface LogKey {
  /** The signed note of a checkpoint. @param seconds POSIX time of the signing */
  note(checkpoint: Checkpoint, seconds: number): string;
  /** The verifier keys of a log of this name, of every profile. */
  verifierKeys(name: string): readonly string[];
}

const noContext = Buffer.alloc(0);

/**
 * Derives a log's keys. The same keys sign for every log of an installation: an origin is part of all they sign.
 *
 * @param secret 32 bytes
 */
export function logKey(secret: Uint8Array, profile: SigningProfile): LogKey {
  const seed = (part: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `keyledger audit checkpoint v1 ${part}`, 32));
  const { privateKey, publicKey } = ed25519KeyPair(seed('Ed25519'));
  const cosigner = mlDsa(44).keyPair(seed('ML-DSA-44'));
  const own = { 65: mlDsa(65).keyPair(seed('ML-DSA-65')), 87: mlDsa(87).keyPair(seed('ML-DSA-87')) } as const;
  const set = profile === 'cnsa' ? 87 : 65;
  const typed = {
    ed25519: Buffer.concat([Buffer.of(signatureTypes.ed25519), ed25519PublicBytes(publicKey)]),
    cosigner: Buffer.concat([Buffer.of(signatureTypes.cosignatureMlDsa44), cosigner.publicKey]),
    65: ownTyped(65, own[65].publicKey),
    87: ownTyped(87, own[87].publicKey),
  } as const;
  return {
    note(checkpoint, seconds) {
      const { origin: name } = checkpoint;
      const text = checkpointText(checkpoint);
      const line = (key: Buffer, signature: Uint8Array): NoteSignature => ({
        name,
        keyId: noteKeyId(name, key),
        signature: Buffer.from(signature),
      });
      const message = cosignedMessage({ checkpoint, cosigner: name, timestamp: seconds });
      return formatNote({
        text,
        signatures: [
          line(typed.ed25519, sign(null, Buffer.from(text), privateKey)),
          line(typed.cosigner, timestampedSignature(seconds, cosigner.sign(message, noContext))),
          line(typed[set], own[set].sign(Buffer.from(text), noContext)),
        ],
      });
    },
    verifierKeys: (name) => [typed.ed25519, typed.cosigner, typed[65], typed[87]].map((key) => verifierKey(name, key)),
  };
}

function ownTyped(set: 65 | 87, publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(signatureTypes.other), Buffer.from(ownSignatureTypes[set]), publicKey]);
}
