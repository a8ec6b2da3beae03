import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { ExportCheck, type Finding, type OutsideHead, type ReadLine } from '../../domain/audit/export/check.ts';
import { csvHeader, parseCsvLines } from '../../domain/audit/export/csv.ts';
import {
  type ExportManifest,
  HeaderLine,
  headerOf,
  ManifestLine,
  type SignedManifest,
} from '../../domain/audit/export/manifest.ts';
import { ndjsonLine, parseLineAs, parseNdjsonLines } from '../../domain/audit/export/ndjson.ts';
import { MalformedExport } from '../../domain/audit/export/proven.ts';
import { distrust, type Trust } from '../../domain/audit/export/trust.ts';
import type { WalkStart } from '../../domain/audit/export/walk.ts';
import { chainOrigin, chainStart } from '../../kernel/proof/entry.ts';
import { lastLine, linesOf } from './lines.ts';

/** What a check came to. */
export interface Verdict {
  /** Entries that are sound, up to the first damage. */
  readonly entries: number;
  readonly finding: Finding | undefined;
  readonly manifest: ExportManifest | undefined;
}

export interface Checking {
  readonly file: string;
  readonly trust: Trust;
  /** A head of the log that was kept elsewhere. */
  readonly outside?: OutsideHead | undefined;
  /** Told now and then how many entries have been looked at. */
  readonly progress: (entries: number) => void;
}

/** The lines of a file, once the first one is off. */
interface Body {
  readonly end: number;
  readonly header: string;
  readonly parse: (lines: readonly string[]) => readonly ReadLine[];
  /** What stands between a line and its line feed. */
  readonly lineEnd: string;
}

/** Checks a CSV export against its manifest. */
export async function checkCsv(checking: Checking, signed: SignedManifest): Promise<Verdict> {
  const { size } = await stat(checking.file);
  const distrusted = untrusted(signed, checking.trust);
  if (distrusted !== undefined) return distrusted;
  return walk(checking, { end: size, header: csvHeader, parse: parseCsvLines, lineEnd: '\r' }, signed.document);
}

/** Checks an NDJSON export, which carries its manifest as its last line. */
export async function checkNdjson(checking: Checking): Promise<Verdict> {
  const { begin, line, size } = await lastLine(checking.file);
  const last = parseLineAs(ManifestLine, line);
  const body = { parse: parseNdjsonLines, lineEnd: '' };
  if (last instanceof MalformedExport) {
    if (line.includes('"kind":"manifest"')) return damaged('changed', `the manifest: ${last.message}`);
    return cut(checking, { ...body, end: size, header: await firstLine(checking.file, size) });
  }
  const { kind: _kind, ...signed } = last;
  const distrusted = untrusted(signed, checking.trust);
  if (distrusted !== undefined) return distrusted;
  return walk(checking, { ...body, end: begin, header: ndjsonLine(headerOf(signed.document)) }, signed.document);
}

function untrusted(signed: SignedManifest, trust: Trust): Verdict | undefined {
  const reason = distrust(signed, trust);
  return reason === undefined ? undefined : damaged('changed', `the manifest: ${reason}`);
}

function damaged(damage: Finding['damage'], detail: string): Verdict {
  return { entries: 0, finding: { damage, detail }, manifest: undefined };
}

/** An export without its manifest: how far it goes is told, and that its tail is gone. */
async function cut(checking: Checking, body: Body): Promise<Verdict> {
  const header = parseLineAs(HeaderLine, body.header.slice(0, -1));
  if (header instanceof MalformedExport)
    return damaged('cut tail', 'it has no manifest and no header that can be read');
  const hash = createHash('sha256');
  const check = new ExportCheck(startFrom(header), { ...(checking.outside && { outside: checking.outside }) });
  const wrong = await feed(checking, body, { check, hash });
  const finding = wrong ?? check.end();
  const next = header.from + check.checked;
  const tail: Finding = {
    damage: 'cut tail',
    from: next,
    ...(header.size > next && { to: header.size - 1 }),
    detail: 'the file ends without its manifest',
  };
  return { entries: check.checked, finding: finding ?? tail, manifest: undefined };
}

function startFrom(start: Pick<ExportManifest, 'chainBefore' | 'from' | 'frontier' | 'tenant'>): WalkStart {
  const roots = start.frontier.map((hash) => Buffer.from(hash, 'base64'));
  const { from, tenant } = start;
  const chain = from === 0 ? chainStart(chainOrigin(tenant)) : Buffer.from(start.chainBefore, 'hex');
  return { tenant, chain, frontier: { size: from, roots } };
}

async function walk(checking: Checking, body: Body, manifest: ExportManifest): Promise<Verdict> {
  const { length, roots } = manifest.segments;
  const segments = { length, roots: roots.map((hash) => Buffer.from(hash, 'base64')) };
  const hash = createHash('sha256');
  const check = new ExportCheck(startFrom(manifest), {
    vouched: { size: manifest.size, segments },
    ...(checking.outside && { outside: checking.outside }),
  });
  const wrong = await feed(checking, body, { check, hash });
  const finding = wrong ?? check.end() ?? unlike(manifest, check, hash.digest('hex'));
  return { entries: check.checked, finding, manifest };
}

/** What the manifest says of the whole, and the lines did not come to. */
function unlike(manifest: ExportManifest, check: ExportCheck, sha256: string): Finding | undefined {
  const told = { chain: manifest.chainAfter, root: manifest.root, sha256: manifest.body.sha256 };
  const found = { chain: check.chain.toString('hex'), root: check.root.toString('base64'), sha256 };
  const wrong = (['chain', 'root', 'sha256'] as const).find((name) => told[name] !== found[name]);
  return wrong === undefined ? undefined : { damage: 'changed', detail: `${wrong} is not what the manifest says` };
}

/** Gives the check all lines but the first, which must be the header. */
async function feed(
  { file, progress }: Checking,
  { end, header, lineEnd, parse }: Body,
  { check, hash }: { readonly check: ExportCheck; readonly hash: Hash },
): Promise<Finding | undefined> {
  const onBytes = (bytes: Buffer): void => void hash.update(bytes);
  let first = true;
  let seen = 0;
  for await (const lines of linesOf(file, { end, onBytes })) {
    const rest = first ? lines.slice(1) : lines;
    if (first && `${lines[0] ?? ''}\n` !== header)
      return { damage: 'changed', detail: 'the first line is not the header' };
    first = false;
    const more = parsed(rest, lineEnd, parse).every((line) => check.take(line));
    seen += rest.length;
    progress(seen);
    if (!more) break;
  }
  return first ? { damage: 'cut tail', from: 0, detail: 'the file is empty' } : undefined;
}

/** Lines as entries; what is no text, or does not end as lines do, is none. */
function parsed(lines: readonly (string | undefined)[], lineEnd: string, parse: Body['parse']): readonly ReadLine[] {
  const whole = lines.map((line) =>
    line?.endsWith(lineEnd) === true ? line.slice(0, line.length - lineEnd.length) : undefined,
  );
  const read = parse(whole.filter((line) => line !== undefined));
  let place = 0;
  return whole.map((line) =>
    line === undefined ? new MalformedExport('the line is not text') : (read[place++] as ReadLine),
  );
}

async function firstLine(file: string, end: number): Promise<string> {
  for await (const lines of linesOf(file, { end, onBytes: () => undefined })) return `${lines[0] ?? ''}\n`;
  return '';
}
