import { verify } from 'node:crypto';
import { ed25519PublicKey } from '../crypto/ed25519.ts';
import { type MlDsaSet, mlDsa, mlDsaSizes } from '../crypto/ml-dsa.ts';
import { cosignedMessage, cosignedText, parseCheckpoint, parseTimestampedSignature } from './checkpoint.ts';
import { MalformedNote, noteKeyId, parseVerifierKey, signatureTypes, type Verifier } from './signed-note.ts';

/** The types of note signature of this product's own, behind the byte 0xff. They sign the note's text as it is, without a context. */
export const ownSignatureTypes = { 65: 'keyledger/ml-dsa-65', 87: 'keyledger/ml-dsa-87' } as const;

/** What a verifier's key can vouch for: `log` keys sign as a log, `cosigner` keys say when they saw a consistent tree. */
export interface CheckpointVerifier extends Verifier {
  readonly kind: 'log' | 'cosigner';
  readonly algorithm: 'Ed25519' | `ML-DSA-${MlDsaSet}`;
}

type Check = (text: string, signature: Buffer) => boolean;

/**
 * Reads the public key of a log or of a witness.
 *
 * @param vkey `<name>+<key id>+<base64 of type and public key>`; types 0x01, 0x04, 0x06, and those of `ownSignatureTypes`
 * @throws {MalformedNote} it is no such key
 */
export function checkpointVerifier(vkey: string): CheckpointVerifier {
  const { name, typed } = parseVerifierKey(vkey);
  const keyId = noteKeyId(name, typed);
  const key = typed.subarray(1);
  const made = (kind: CheckpointVerifier['kind'], algorithm: CheckpointVerifier['algorithm'], check: Check) => ({
    name,
    keyId,
    kind,
    algorithm,
    verify: (text: string, signature: Buffer) => sound(() => check(text, signature)),
  });
  const { cosignatureEd25519, cosignatureMlDsa44, ed25519, other } = signatureTypes;
  if (typed[0] === ed25519 && key.length === 32) return made('log', 'Ed25519', ed25519Check(key));
  if (typed[0] === cosignatureEd25519 && key.length === 32) {
    return made(
      'cosigner',
      'Ed25519',
      timestamped(key, ed25519Check, (time, text) => cosignedText(time, text)),
    );
  }
  if (typed[0] === cosignatureMlDsa44 && key.length === mlDsaSizes(44).publicKey) {
    const message = (timestamp: number, text: string): Buffer =>
      cosignedMessage({ checkpoint: parseCheckpoint(text), cosigner: name, timestamp });
    return made(
      'cosigner',
      'ML-DSA-44',
      timestamped(key, (bytes) => mlDsaCheck(44, bytes), message),
    );
  }
  const own = typed[0] === other ? ownKey(key) : undefined;
  if (own === undefined) throw new MalformedNote(`the verifier key of ${name} is of a type that is not known here`);
  return made('log', `ML-DSA-${own.set}`, mlDsaCheck(own.set, own.key));
}

function ownKey(typed: Buffer): { readonly set: 65 | 87; readonly key: Buffer } | undefined {
  for (const set of [65, 87] as const) {
    const type = Buffer.from(ownSignatureTypes[set]);
    const key = typed.subarray(type.length);
    if (typed.subarray(0, type.length).equals(type) && key.length === mlDsaSizes(set).publicKey) return { set, key };
  }
  return undefined;
}

type BytesCheck = (message: string | Buffer, signature: Buffer) => boolean;

function ed25519Check(key: Buffer): BytesCheck {
  const publicKey = ed25519PublicKey(key);
  return (message, signature) => signature.length === 64 && verify(null, Buffer.from(message), publicKey, signature);
}

function mlDsaCheck(set: MlDsaSet, key: Buffer): BytesCheck {
  return (message, signature) =>
    mlDsa(set).verify({ message: Buffer.from(message), context: Buffer.alloc(0) }, signature, key);
}

function timestamped(
  key: Buffer,
  checkOf: (key: Buffer) => BytesCheck,
  messageOf: (timestamp: number, text: string) => Buffer,
): Check {
  const check = checkOf(key);
  return (text, bytes) => {
    const { signature, timestamp } = parseTimestampedSignature(bytes);
    return check(messageOf(timestamp, text), signature);
  };
}

/** What cannot be read does not verify. */
function sound(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof MalformedNote || error instanceof RangeError) return false;
    throw error;
  }
}
