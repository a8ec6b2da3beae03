import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { EntrySchema, type ExportLine, MalformedExport, type PrunedEntry } from './proven.ts';
import { cellOf, textOf } from './text.ts';

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
  return stringify(lines.map(cellsOf), written);
}

function cellsOf(line: ExportLine): readonly string[] {
  const { chain, entry, leaf } = line;
  const hashes = [leaf.toString('hex'), chain.toString('hex')];
  if (entry === undefined) {
    const told = { tenant: cellOf(line.tenant), index: String(line.index) } as Readonly<Record<string, string>>;
    return [...csvColumns.slice(0, -2).map((name) => told[name] ?? ''), ...hashes];
  }
  const { actor, v, ...fields } = entry;
  const { at, eventId, index, position, revision, stream, tenant, type, ...rest } = fields;
  const { action, causationId, correlationId, operation, payload, requestId, subject } = rest;
  const values = [
    ...[v, tenant, index, eventId, type, stream, revision, position, at, actor.type, actor.id],
    ...[operation, action, subject, requestId, correlationId, causationId, payload],
  ];
  return [...values.map((value) => cellOf(String(value))), ...hashes];
}

/** Reads lines, without their line ends: each as an entry, or as what is wrong with it. */
export function parseCsvLines(lines: readonly string[]): readonly (ExportLine | MalformedExport)[] {
  const read = lines.map(parseCsvLine);
  const sound = read.filter((each): each is ExportLine => !(each instanceof MalformedExport));
  // Another spelling of the same entry is a change too.
  const spelled = csvLines(sound).split('\r\n');
  let place = 0;
  return read.map((each, index) => {
    if (each instanceof MalformedExport || spelled[place++] === lines[index]) return each;
    return new MalformedExport('the line is not spelled as exports spell it');
  });
}

function parseCsvLine(line: string): ExportLine | MalformedExport {
  const cells = cellsIn(line);
  if (cells.length !== csvColumns.length) return new MalformedExport(`the line is not ${csvColumns.length} cells`);
  const values = new Map(csvColumns.map((name, place) => [name, textOf(cells[place] ?? '')]));
  const of = (name: (typeof csvColumns)[number]): string => values.get(name) ?? '';
  const hashes = { leaf: Buffer.from(of('leaf'), 'hex'), chain: Buffer.from(of('chain'), 'hex') };
  if (of('v') === '') return { tenant: of('tenant'), index: Number(of('index')), ...hashes } satisfies PrunedEntry;
  const entry = EntrySchema.safeParse({
    ...Object.fromEntries(csvColumns.slice(0, -2).flatMap((name) => (name.includes('.') ? [] : [[name, of(name)]]))),
    v: Number(of('v')),
    index: Number(of('index')),
    revision: Number(of('revision')),
    actor: { type: of('actor.type'), id: of('actor.id') },
  });
  if (!entry.success) return new MalformedExport(z.prettifyError(entry.error));
  return { entry: entry.data, ...hashes };
}

/** Cells of one record: quoted ones may hold commas and doubled quotes, and no cell holds a line end. */
function cellsIn(line: string): readonly string[] {
  const found = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell);
  // The end of the line is found once more behind its last cell.
  return found.slice(0, -1).map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}
