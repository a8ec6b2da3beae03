import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createInflate, inflateSync } from 'node:zlib';
import { SignedManifest } from '../../domain/audit/export/manifest.ts';
import { unsealed } from '../../domain/audit/export/seal.ts';
import { type Checking, checkCsv, type Verdict } from './check-export.ts';

/**
 * Checks an evidence bundle: the CSV in it against the manifest in it, and the rest against its seal. An attachment that cannot be unpacked to
 * its end is checked as far as it can.
 */
export async function checkPdf(checking: Checking): Promise<Verdict> {
  const pdf = await readFile(checking.file);
  const reason = unsealed(pdf, checking.trust);
  const verdict = await checkAttached(checking, pdf);
  if (reason === undefined || verdict.finding?.from !== undefined) return verdict;
  if (!endsAsPdf(pdf)) {
    return { ...verdict, finding: { damage: 'cut tail', detail: 'the PDF ends before its end' } };
  }
  return {
    ...verdict,
    finding: verdict.finding ?? { damage: 'changed', detail: `the PDF around audit.csv: ${reason}` },
  };
}

const endsAsPdf = (pdf: Buffer): boolean => /startxref\n\d+\n%%EOF\n?$/.test(pdf.subarray(-64).toString('latin1'));

async function checkAttached(checking: Checking, pdf: Buffer): Promise<Verdict> {
  const [csv, manifest] = attachedTo(pdf);
  const signed = manifest === undefined ? undefined : manifestIn(manifest);
  if (csv === undefined || signed === undefined) {
    const detail = 'audit.csv and manifest.json cannot both be read out of the PDF';
    return { entries: 0, finding: { damage: 'changed', detail }, manifest: undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'keyledger-'));
  try {
    const file = join(folder, 'audit.csv');
    const whole = await unpack(csv, file);
    const verdict = await checkCsv({ ...checking, file }, signed);
    if (whole || verdict.finding?.damage !== 'cut tail') return verdict;
    const detail = 'audit.csv cannot be unpacked from here on';
    return { ...verdict, finding: { ...verdict.finding, damage: 'changed', detail } };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The streams of what is attached, still packed, in the order they were written. */
function attachedTo(pdf: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = pdf.indexOf('/EmbeddedFile\n'); at >= 0; at = pdf.indexOf('/EmbeddedFile\n', at + 1)) {
    const begin = pdf.indexOf('stream\n', at) + 'stream\n'.length;
    const length = Number(/\/Length (\d+)/.exec(pdf.subarray(at, begin).toString('latin1'))?.[1] ?? 0);
    found.push(pdf.subarray(begin, begin + length));
  }
  return found;
}

function manifestIn(packed: Buffer): SignedManifest | undefined {
  try {
    return SignedManifest.safeParse(JSON.parse(inflateSync(packed).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Whether it could be unpacked to its end. What comes before a damage is written. */
async function unpack(packed: Buffer, file: string): Promise<boolean> {
  const out = openSync(file, 'w');
  const inflate = createInflate({ chunkSize: 4_096 });
  inflate.on('data', (part: Buffer) => writeSync(out, part));
  try {
    inflate.end(packed);
    await finished(inflate);
    return true;
  } catch (error) {
    if (/^(Z_|ERR_STREAM_PREMATURE)/.test(String((error as { code?: unknown }).code))) return false;
    throw error;
  } finally {
    closeSync(out);
  }
}
