/** Where a command's result goes: one JSON document a line, or text for a person. Progress goes to standard error. */
export interface Output {
  readonly json: boolean;
  /** The result. `text` is what a person reads; `facts` is what a program reads. */
  result(facts: Readonly<Record<string, unknown>>, text: string): void;
  /** What is going on, for a person who waits. */
  progress(line: string): void;
}

/** 64-bit positions are strings in JSON. */
const bigintAsText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

export function outputOf(json: boolean): Output {
  return {
    json,
    result: (facts, text) => {
      process.stdout.write(`${json ? JSON.stringify(facts, bigintAsText) : text}\n`);
    },
    progress: (line) => {
      if (!json) process.stderr.write(`${line}\n`);
    },
  };
}

/** Rows of text in aligned columns. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A problem a person can mend, in one sentence. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
