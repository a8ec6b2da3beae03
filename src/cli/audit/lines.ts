import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CommandFailed } from '../output.ts';

/** Bytes one line may have: the last line of an NDJSON export is the longest. */
const longest = 4 * 1024 * 1024;
/** Lines handed on at once. */
const batch = 500;

/** Lines without their line feed; undefined for one that is not UTF-8. */
export type Lines = readonly (string | undefined)[];

/**
 * Reads a file line by line in bounded memory. What stands behind the last line feed is no line: there the file was cut.
 *
 * @param options `end` is the byte to stop before; `onBytes` is given all that is read, in order
 * @throws {CommandFailed} a line is longer than any of an export
 */
export async function* linesOf(
  file: string,
  { end, onBytes }: { readonly end: number; readonly onBytes: (bytes: Buffer) => void },
): AsyncGenerator<Lines> {
  if (end === 0) return;
  yield* linesIn(file, createReadStream(file, { end: end - 1, highWaterMark: 1 << 18 }), onBytes);
}

/** As `linesOf`, of bytes that come from elsewhere; `file` is named in errors. */
export async function* linesIn(
  file: string,
  bytes: AsyncIterable<Buffer>,
  onBytes: (bytes: Buffer) => void = () => undefined,
): AsyncGenerator<Lines> {
  let rest: Buffer = Buffer.alloc(0);
  let lines: (string | undefined)[] = [];
  for await (const chunk of bytes) {
    onBytes(chunk);
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) {
      lines.push(textOf(rest.subarray(from, at)));
      from = at + 1;
      if (lines.length < batch) continue;
      yield lines;
      lines = [];
    }
    rest = rest.subarray(from);
    if (rest.length > longest) throw new CommandFailed(`${file} has a line of more than ${longest} bytes.`);
  }
  yield lines;
}

const textOf = (bytes: Buffer): string | undefined => (isUtf8(bytes) ? bytes.toString('utf8') : undefined);

/** The last line of a file, where it begins, and how long the file is. */
export async function lastLine(
  file: string,
): Promise<{ readonly line: string; readonly begin: number; readonly size: number }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, longest));
    await handle.read(bytes, 0, bytes.length, size - bytes.length);
    const ended = bytes.at(-1) === 10;
    const before = ended ? bytes.lastIndexOf(10, bytes.length - 2) : bytes.lastIndexOf(10);
    const line = ended ? (textOf(bytes.subarray(before + 1, -1)) ?? '') : '';
    return { line, begin: size - bytes.length + before + 1, size };
  } finally {
    await handle.close();
  }
}
