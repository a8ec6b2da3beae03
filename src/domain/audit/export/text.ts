/**
 * How text from outside is written into exports. Control characters, line separators and characters that turn the direction of writing
 * would make one entry look like two, or like another: they are spelled out.
 */

/** C0 and C1, DEL, the line separators, the byte order mark, and the marks of direction. */
const spelled = String.raw`\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff`;
const special = new RegExp(`[${spelled}]`, 'g');
const specialOrBackslash = new RegExp(String.raw`[\\${spelled}]`, 'g');

const spell = (char: string): string => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

const isSpecial = new RegExp(specialOrBackslash.source);

/** Whether there is nothing in a text that cells spell out. */
export const isPlain = (text: string): boolean => !isSpecial.test(text);

/** JSON in which every such character is an escape: one line, whatever splits it into lines. */
export function plainJson(json: string): string {
  return json.replaceAll(special, spell);
}

/**
 * A CSV cell: such characters as `\uXXXX`, a backslash as two. What begins with an apostrophe gets one more, as what looks like a
 * formula gets one from the CSV writer: so a leading apostrophe of a cell is never the text's own.
 */
export function cellOf(text: string): string {
  const plain = text.replaceAll(specialOrBackslash, (char) => (char === '\\' ? '\\\\' : spell(char)));
  return plain.startsWith("'") ? `'${plain}` : plain;
}

/** The text of a cell. */
export function textOf(cell: string): string {
  const plain = cell.startsWith("'") ? cell.slice(1) : cell;
  if (!plain.includes('\\')) return plain;
  return plain.replaceAll(/\\(?:\\|u([0-9a-f]{4}))/g, (_, code?: string) =>
    code === undefined ? '\\' : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
