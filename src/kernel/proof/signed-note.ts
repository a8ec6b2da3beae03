import { createHash } from 'node:crypto';

/** Signature type identifiers of C2SP signed-note. `other` is followed by a name that tells such types apart. */
export const signatureTypes = {
  ed25519: 0x01,
  cosignatureEd25519: 0x04,
  cosignatureMlDsa44: 0x06,
  other: 0xff,
} as const;

/** One signature line. */
export interface NoteSignature {
  /** Key name: not empty, no Unicode spaces, no plus. */
  readonly name: string;
  /** 4 bytes */
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

/** A text and who signed it (C2SP signed-note v1). */
export interface Note {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A public key that notes are checked with. */
export interface Verifier {
  readonly name: string;
  readonly keyId: Buffer;
  verify(text: string, signature: Buffer): boolean;
}

/** A text that is not a signed note; the message says which rule it breaks. */
export class MalformedNote extends Error {
  override readonly name = 'MalformedNote';
}

/** Signatures read from one note at most. */
const maxSignatures = 64;
/** Characters of one note at most. */
const maxLength = 1_000_000;

/** SHA-256(key name || 0x0A || signature type || public key)[:4] */
export function noteKeyId(name: string, typed: Uint8Array): Buffer {
  return createHash('sha256').update(name).update('\n').update(typed).digest().subarray(0, 4);
}

/** `<key name>+hex(key ID)+base64(signature type || public key)` */
export function verifierKey(name: string, typed: Uint8Array): string {
  return `${name}+${noteKeyId(name, typed).toString('hex')}+${Buffer.from(typed).toString('base64')}`;
}

/**
 * Reads a verifier key: its name, and type and public key as one.
 *
 * @throws {MalformedNote}
 */
export function parseVerifierKey(vkey: string): { readonly name: string; readonly typed: Buffer } {
  const [, name = '', id = '', key = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? [];
  const typed = base64(key);
  if (typed === undefined || typed.length < 2) throw new MalformedNote('a verifier key is name+id+key');
  if (noteKeyId(name, typed).toString('hex') !== id)
    throw new MalformedNote(`the verifier key of ${name} has a wrong id`);
  return { name, typed };
}

export function formatNote({ signatures, text }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

export function formatSignature({ keyId, name, signature }: NoteSignature): string {
  return `— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** @throws {MalformedNote} */
export function parseNote(note: string): Note {
  if (note.length > maxLength) throw new MalformedNote(`a note has ${maxLength} characters at most`);
  if (!note.isWellFormed() || hasControlCharacters(note))
    throw new MalformedNote('a note has no control characters but newlines');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw new MalformedNote('a note is a text, an empty line and signature lines');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw new MalformedNote(`a note has ${maxSignatures} signatures at most`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

function hasControlCharacters(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

/** @throws {MalformedNote} */
export function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^+\s]+) (\S+)$/u.exec(line) ?? [];
  const bytes = base64(encoded);
  if (name === '' || bytes === undefined || bytes.length < 5)
    throw new MalformedNote('a signature line is — name base64');
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/** Strict base64 (RFC 4648 §4); undefined for anything else. */
function base64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * The verifiers whose signature on the note holds. A signature by an unknown key is passed over; one that names a known key and
 * does not hold spoils the note.
 *
 * @throws {MalformedNote} a known key's signature does not verify
 */
export function verifiedBy(note: Note, verifiers: readonly Verifier[]): readonly Verifier[] {
  const held = new Set<Verifier>();
  for (const { keyId, name, signature } of note.signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId.equals(keyId));
    if (verifier === undefined) continue;
    if (!verifier.verify(note.text, signature)) throw new MalformedNote(`the signature of ${name} does not hold`);
    held.add(verifier);
  }
  return [...held];
}
