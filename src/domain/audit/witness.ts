import { type Checkpoint, parseCheckpoint } from '../../kernel/proof/checkpoint.ts';
import { formatSignature, MalformedNote, type Note, parseNote } from '../../kernel/proof/signed-note.ts';
import { checkpointVerifier } from '../../kernel/proof/verifiers.ts';

/** The public key of a witness; undefined for a text that is no key of a cosigner. */
export function witnessKey(
  vkey: string,
): { readonly keyId: string; readonly name: string; readonly algorithm: string } | undefined {
  const verifier = unlessMalformed(() => checkpointVerifier(vkey));
  if (verifier?.kind !== 'cosigner') return undefined;
  return { keyId: verifier.keyId.toString('hex'), name: verifier.name, algorithm: verifier.algorithm };
}

/** A checkpoint somebody shows, and what signed it. */
export interface ShownCheckpoint {
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/** Reads a signed note of a checkpoint; undefined for any other text. */
export function shownCheckpoint(text: string): ShownCheckpoint | undefined {
  return unlessMalformed(() => {
    const note = parseNote(text);
    return { note, checkpoint: parseCheckpoint(note.text) };
  });
}

/** The witnesses' signature lines of a note, and whether each of them holds. */
export interface Cosignatures {
  readonly names: readonly string[];
  readonly lines: readonly string[];
  readonly hold: boolean;
}

/** @param witnesses verifier keys by key id */
export function cosignaturesOf({ signatures, text }: Note, witnesses: Readonly<Record<string, string>>): Cosignatures {
  const found = signatures.flatMap((signature) => {
    const vkey = witnesses[signature.keyId.toString('hex')];
    const verifier = vkey === undefined ? undefined : checkpointVerifier(vkey);
    return verifier?.name === signature.name ? [{ signature, verifier }] : [];
  });
  return {
    names: found.map(({ verifier }) => verifier.name),
    lines: found.map(({ signature }) => formatSignature(signature)),
    hold: found.every(({ signature, verifier }) => verifier.verify(text, signature.signature)),
  };
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedNote) return undefined;
    throw error;
  }
}
