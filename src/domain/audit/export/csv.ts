import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { EntrySchema, type ExportLine, MalformedExport, type PrunedEntry } from './proven.ts';
import { cellOf, isPlain, textOf } from './text.ts';

/** The columns of a CSV export: the fields of the canonical entry, its leaf, and the chain behind it, both in hex. */
export const csvColumns = [
  ...['v', 'tenant', 'index', 'eventId', 'type', 'stream', 'revision', 'position', 'at', 'actor.type', 'actor.id'],
  ...['operation', 'action', 'subject', 'requestId', 'correlationId', 'causationId', 'payload', 'leaf', 'chain'],
] as const;

const written = { record_delimiter: '\r\n', escape_formulas: true } as const;

/** The first line. */
export const csvHeader: string = stringify([[...csvColumns]], written);

/** A line for each entry (RFC 4180), with its line end. Of one that was pruned, all cells but tenant, index and hashes are empty. */
export function csvLines(lines: readonly ExportLine[]): string {
  return stringify(
    lines.map((line) => cellsOf(line)),
    written,
  );
}

function cellsOf(line: ExportLine, cell = cellOf): readonly string[] {
  const { chain, entry, leaf } = line;
  const hashes = [leaf.toString('hex'), chain.toString('hex')];
  if (entry === undefined) {
    const told = { tenant: cell(line.tenant), index: String(line.index) } as Readonly<Record<string, string>>;
    return [...csvColumns.slice(0, -2).map((name) => told[name] ?? ''), ...hashes];
  }
  const { actor, v, ...fields } = entry;
  const { at, eventId, index, position, revision, stream, tenant, type, ...rest } = fields;
  const { action, causationId, correlationId, operation, payload, requestId, subject } = rest;
  const values = [
    ...[v, tenant, index, eventId, type, stream, revision, position, at, actor.type, actor.id],
    ...[operation, action, subject, requestId, correlationId, causationId, payload],
  ];
  return [...values.map((value) => cell(String(value))), ...hashes];
}

/** Reads lines, without their line ends: each as an entry, or as what is wrong with it. */
export function parseCsvLines(lines: readonly string[]): readonly (ExportLine | MalformedExport)[] {
  return lines.map((line) => {
    const read = parseCsvLine(line);
    // Another spelling of the same entry is a change too.
    if (read instanceof MalformedExport || spelling(read, line) === line) return read;
    return new MalformedExport('the line is not spelled as exports spell it');
  });
}

/** What the CSV writer quotes, or marks as text. */
const special = /["']|(?:^|,)[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;

/** The line that exports write; without the writer, and without spelling out, which take most of the time, where they would change nothing. */
function spelling(read: ExportLine, line: string): string {
  if (special.test(line)) return csvLines([read]).slice(0, -2);
  return cellsOf(read, isPlain(line) ? (text) => text : cellOf).join(',');
}

function parseCsvLine(line: string): ExportLine | MalformedExport {
  const cells = cellsIn(line);
  if (cells.length !== csvColumns.length) return new MalformedExport(`the line is not ${csvColumns.length} cells`);
  const [v, tenant, index, eventId, type, stream, revision, position, at, actorType, ...rest] = cells.map(textOf);
  const [actorId, operation, action, subject, requestId, correlationId, causationId, payload, leaf, chain] = rest;
  const hashes = { leaf: Buffer.from(leaf ?? '', 'hex'), chain: Buffer.from(chain ?? '', 'hex') };
  if (v === '') return { tenant: tenant ?? '', index: Number(index), ...hashes } satisfies PrunedEntry;
  const numbers = { v: Number(v), index: Number(index), revision: Number(revision) };
  const texts = { tenant, eventId, type, stream, position, at, operation, action, subject, payload };
  const ids = { requestId, correlationId, causationId, actor: { type: actorType, id: actorId } };
  const entry = EntrySchema.safeParse({ ...numbers, ...texts, ...ids });
  return entry.success ? { entry: entry.data, ...hashes } : new MalformedExport(z.prettifyError(entry.error));
}

/** Cells of one record: quoted ones may hold commas and doubled quotes, and no cell holds a line end. */
function cellsIn(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',');
  const found = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell);
  // The end of the line is found once more behind its last cell.
  return found.slice(0, -1).map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}
