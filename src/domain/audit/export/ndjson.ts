import { z } from 'zod';
import { canonicalJson } from '../../../kernel/crypto/canonical-json.ts';
import { canonicalOf, EntrySchema, MalformedExport, type ProvenEntry } from './proven.ts';
import { plainJson } from './text.ts';

/** A value as a line: canonical JSON (RFC 8785) in which no character could be taken for a line end. */
export function ndjsonLine(value: Readonly<Record<string, unknown>>): string {
  return `${plainJson(canonicalJson(value))}\n`;
}

/** A line for each entry. */
export function ndjsonLines(entries: readonly ProvenEntry[]): string {
  return entries.map(lineOf).join('');
}

/** As `ndjsonLine` would write it, with the entry made canonical once. */
function lineOf(proven: ProvenEntry): string {
  const [chain, leaf] = [proven.chain.toString('hex'), proven.leaf.toString('hex')];
  return `${plainJson(`{"chain":"${chain}","entry":${canonicalOf(proven)},"kind":"entry","leaf":"${leaf}"}`)}\n`;
}

const entryLine = z.strictObject({ kind: z.literal('entry'), entry: EntrySchema, leaf: z.hex(), chain: z.hex() });

/** Reads lines, without their line ends: each as an entry, or as what is wrong with it. */
export function parseNdjsonLines(lines: readonly string[]): readonly (ProvenEntry | MalformedExport)[] {
  return lines.map(parseNdjsonLine);
}

function parseNdjsonLine(line: string): ProvenEntry | MalformedExport {
  const parsed = entryLine.safeParse(jsonOf(line));
  if (!parsed.success) return new MalformedExport(z.prettifyError(parsed.error));
  const { chain, entry, leaf } = parsed.data;
  const bare = { entry, leaf: Buffer.from(leaf, 'hex'), chain: Buffer.from(chain, 'hex') };
  const proven = { ...bare, canonical: canonicalOf(bare) };
  return lineOf(proven) === `${line}\n` ? proven : misspelled();
}

const misspelled = (): MalformedExport => new MalformedExport('the line is not spelled as exports spell it');

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Reads a line of a kind, without its line end; what is wrong with it where it is no such line. */
export function parseLineAs<S extends z.ZodType>(schema: S, line: string): z.output<S> | MalformedExport {
  const value = jsonOf(line);
  const parsed = schema.safeParse(value);
  if (!parsed.success) return new MalformedExport(z.prettifyError(parsed.error));
  return spelledSo(value, line) ? parsed.data : misspelled();
}

function spelledSo(value: unknown, line: string): boolean {
  try {
    return ndjsonLine(value as Readonly<Record<string, unknown>>) === `${line}\n`;
  } catch {
    return false;
  }
}
