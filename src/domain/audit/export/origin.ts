import { parseCheckpoint } from '../../../kernel/proof/checkpoint.ts';
import { parseNote } from '../../../kernel/proof/signed-note.ts';

/** The name of the log whose checkpoint a note is. */
export function originFrom(note: string): string {
  return parseCheckpoint(parseNote(note).text).origin;
}
