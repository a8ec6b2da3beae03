import { createHash } from 'node:crypto';
import { csvHeader, csvLines } from './csv.ts';
import { ndjsonLines } from './ndjson.ts';
import { type ExportLine, indexOf } from './proven.ts';
import type { EntryWalk } from './walk.ts';

/** The read model does not hold what was signed: nothing is exported from it as if it did. */
export class UnsoundReadModel extends Error {
  override readonly name = 'UnsoundReadModel';
}

/** Pages of entries, each checked as an auditor will check it. */
export async function* checked(
  pages: AsyncIterable<readonly ExportLine[]>,
  walk: EntryWalk,
): AsyncGenerator<readonly ExportLine[]> {
  for await (const page of pages) {
    for (const line of page) {
      const fit = walk.fit(line);
      if (fit !== 'fits') {
        throw new UnsoundReadModel(`audit_entries: entry ${indexOf(line)} is ${fit}; rebuild audit_log from the log`);
      }
      walk.pass(line);
    }
    yield page;
  }
}

/** Bytes that are counted and summed as they pass. */
export class Summed {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  pass(text: string): Buffer {
    const part = Buffer.from(text, 'utf8');
    this.#hash.update(part);
    this.#bytes += part.length;
    return part;
  }

  /** Once, at the end. */
  get sum(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }
}

/** The CSV of an export. */
export async function* csvBody(pages: AsyncIterable<readonly ExportLine[]>, summed: Summed): AsyncGenerator<Buffer> {
  yield summed.pass(csvHeader);
  for await (const page of pages) yield summed.pass(csvLines(page));
}

/** An NDJSON export without its last line. */
export async function* ndjsonBody(
  header: string,
  pages: AsyncIterable<readonly ExportLine[]>,
  summed: Summed,
): AsyncGenerator<Buffer> {
  yield summed.pass(header);
  for await (const page of pages) yield summed.pass(ndjsonLines(page));
}
