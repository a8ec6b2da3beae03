import { z } from 'zod';
import { canonicalJson } from '../../../kernel/crypto/canonical-json.ts';
import { canonicalOf, EntrySchema, type ExportLine, MalformedExport, type ProvenEntry } from './proven.ts';
import { plainJson } from './text.ts';

/** A value as a line: canonical JSON (RFC 8785) in which no character could be taken for a line end. */
export function ndjsonLine(value: Readonly<Record<string, unknown>>): string {
  return `${plainJson(canonicalJson(value))}\n`;
}

/** A line for each entry. */
export function ndjsonLines(lines: readonly ExportLine[]): string {
  return lines.map(lineOf).join('');
}

/** As `ndjsonLine` would write it, with the entry made canonical once. */
function lineOf(line: ExportLine): string {
  const [chain, leaf] = [line.chain.toString('hex'), line.leaf.toString('hex')];
  if (line.entry === undefined) {
    return ndjsonLine({ kind: 'pruned', tenant: line.tenant, index: line.index, leaf, chain });
  }
  return `${plainJson(`{"chain":"${chain}","entry":${canonicalOf(line)},"kind":"entry","leaf":"${leaf}"}`)}\n`;
}

const prunedLine = z.strictObject({
  kind: z.literal('pruned'),
  tenant: z.string(),
  index: z.int().min(0),
  leaf: z.hex(),
  chain: z.hex(),
});

const entryLine = z.strictObject({ kind: z.literal('entry'), entry: EntrySchema, leaf: z.hex(), chain: z.hex() });

/** Reads lines, without their line ends: each as an entry, or as what is wrong with it. */
export function parseNdjsonLines(lines: readonly string[]): readonly (ExportLine | MalformedExport)[] {
  return lines.map(parseNdjsonLine);
}

function parseNdjsonLine(line: string): ExportLine | MalformedExport {
  const value = jsonOf(line);
  if ((value as { readonly kind?: unknown } | null | undefined)?.kind === 'pruned') return parsePruned(value, line);
  const parsed = entryLine.safeParse(value);
  if (!parsed.success) return new MalformedExport(z.prettifyError(parsed.error));
  const bare: ProvenEntry = { entry: parsed.data.entry, ...hashes(parsed.data) };
  return spelled({ ...bare, canonical: canonicalOf(bare) }, line);
}

function parsePruned(value: unknown, line: string): ExportLine | MalformedExport {
  const parsed = prunedLine.safeParse(value);
  if (!parsed.success) return new MalformedExport(z.prettifyError(parsed.error));
  const { chain, index, leaf, tenant } = parsed.data;
  return spelled({ tenant, index, ...hashes({ leaf, chain }) }, line);
}

function hashes({
  chain,
  leaf,
}: {
  readonly chain: string;
  readonly leaf: string;
}): Pick<ProvenEntry, 'chain' | 'leaf'> {
  return { leaf: Buffer.from(leaf, 'hex'), chain: Buffer.from(chain, 'hex') };
}

const spelled = (read: ExportLine, line: string): ExportLine | MalformedExport =>
  lineOf(read) === `${line}\n` ? read : misspelled();

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
