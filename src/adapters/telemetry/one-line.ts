/** Controls (Cc: C0, DEL, C1) and the two Unicode separators: what some reader takes for a line's end, or a terminal for a command. */
const breaking = /[\p{Cc}\u2028\u2029]/gu;

/** The text on one line, with what would break it written as `\uXXXX`. JSON text stays the same JSON: there it only occurs in strings. */
export function oneLine(text: string): string {
  return text.replaceAll(breaking, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A line of the JSON log as a person reads it: time, level, message, then the facts. */
export function prettyLine(json: string): string {
  const { level, time, msg, ...facts } = JSON.parse(json) as Record<string, unknown>;
  const shown = Object.entries(facts).map(([name, value]) => `${name}=${prettyValue(value)}`);
  return oneLine([String(time).slice(11, 19), String(level).toUpperCase().padEnd(5), msg, ...shown].join(' '));
}

function prettyValue(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}
