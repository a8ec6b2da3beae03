import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Finding, OutsideHead } from '../../domain/audit/export/check.ts';
import { SignedManifest } from '../../domain/audit/export/manifest.ts';
import { type Trust, TrustedKeys, trustedHead, trustFrom } from '../../domain/audit/export/trust.ts';
import { MalformedNote } from '../../kernel/proof/signed-note.ts';
import { CommandFailed, type Output, outputOf } from '../output.ts';
import { checkArchive } from './check-archive.ts';
import { type Checking, checkCsv, checkNdjson, type Verdict } from './check-export.ts';
import { checkPdf } from './check-pdf.ts';
import { checkProof } from './check-proof.ts';

interface Options {
  readonly keys: string;
  readonly manifest?: string;
  readonly checkpoint?: string;
}

/** Adds `audit verify`. */
export function addVerification(program: Command, audit: Command): void {
  audit
    .command('verify <file>')
    .description(
      'check an export (NDJSON, PDF, or CSV with its manifest), an archive (.ndjson.gz) or a proof (.tlog-proof) offline, with public keys alone',
    )
    .requiredOption('--keys <file>', 'the public keys, as GET /audit/v1/signing-keys gives them; keep a copy you trust')
    .option('--manifest <file>', 'of a CSV: what GET /api/audit/export/:exportId/manifest gave')
    .option(
      '--checkpoint <file>',
      'a checkpoint you kept yourself: shows a tail that was cut, and a log that was rewritten',
    )
    .action(async (file: string, options: Options) => {
      const out = outputOf(program.opts<{ json: boolean }>().json);
      const kind = kindOf(file);
      assertReadable(file);
      const trust = asNote(options.keys, () => trustFrom(read(options.keys, TrustedKeys)));
      const { checkpoint } = options;
      const outside = checkpoint === undefined ? undefined : outsideHead(checkpoint, trust);
      if (kind === 'proof') return tellProof(out, checkProof(readText(file), trust, outside));
      const checking: Checking = { file, trust, outside, progress: progressTo(out) };
      if (kind === 'archive') return tellArchive(out, await checkArchive(checking));
      tell(out, await checkExport(checking, options.manifest));
    });
}

type Kind = 'archive' | 'csv' | 'ndjson' | 'pdf' | 'proof';

function kindOf(file: string): Kind {
  if (file.endsWith('.tlog-proof')) return 'proof';
  if (file.endsWith('.ndjson')) return 'ndjson';
  if (file.endsWith('.ndjson.gz')) return 'archive';
  if (file.endsWith('.csv')) return 'csv';
  if (file.endsWith('.pdf')) return 'pdf';
  throw new CommandFailed(
    `${file} does not end in .csv, .ndjson, .ndjson.gz, .pdf or .tlog-proof; name it as it was downloaded.`,
  );
}

function checkExport(checking: Checking, manifest: string | undefined): Promise<Verdict> {
  const kind = kindOf(checking.file);
  if (kind === 'ndjson') return checkNdjson(checking);
  if (kind === 'pdf') return checkPdf(checking);
  if (manifest !== undefined) return checkCsv(checking, read(manifest, SignedManifest));
  throw new CommandFailed(
    'A CSV is checked against its manifest: give it by --manifest. GET /api/audit/export/:exportId/manifest has it; the id is in the name of the file.',
  );
}

function outsideHead(file: string, trust: Trust): OutsideHead {
  return asNote(file, () => trustedHead(readText(file), trust));
}

/** Tells every 100,000 entries. */
function progressTo(out: Output): (entries: number) => void {
  let told = 0;
  return (entries) => {
    if (entries - told < 100_000) return;
    told = entries;
    out.progress(`${entries} entries looked at`);
  };
}

function tell(out: Output, { entries, finding, manifest }: Verdict): void {
  const valid = finding === undefined;
  const facts = { valid, entries, ...(finding && { ...finding }), ...(manifest && shown(manifest)) };
  const of = manifest === undefined ? '' : ` of ${manifest.origin}, made ${manifest.at}`;
  out.result(
    facts,
    valid
      ? `valid: ${entries} entries${of}; chain, tree, checkpoint and signatures hold`
      : `NOT valid: ${finding.damage}${placeOf(finding)}: ${finding.detail} (${entries} entries before it are sound)`,
  );
  if (!valid) process.exitCode = 1;
}

function shown({
  exportId,
  from,
  origin,
  root,
  size,
}: NonNullable<Verdict['manifest']>): Readonly<Record<string, unknown>> {
  return { exportId, origin, first: from, size, root };
}

function placeOf({ from, to }: Finding): string {
  if (from === undefined) return '';
  return to === undefined || to === from ? ` at entry ${from}` : ` at entries ${from} to ${to}`;
}

function tellArchive(out: Output, { entries, head, reason, sha256 }: Awaited<ReturnType<typeof checkArchive>>): void {
  const { checkpoint, cutoff, policyId, runId, tenant } = head ?? {};
  const of = `of ${tenant}, taken by ${runId} from before ${cutoff}; leaves, proofs, checkpoint and signatures hold`;
  const text =
    reason === undefined
      ? `valid: ${entries} entries ${of}`
      : `NOT valid: ${reason} (${entries} entries before it are sound)`;
  const valid = reason === undefined;
  const size = checkpoint?.size;
  out.result({ valid, entries, sha256, reason, tenant, runId, policyId, cutoff, size }, `${text}\nSHA-256 ${sha256}`);
  if (!valid) process.exitCode = 1;
}

function tellProof(out: Output, verdict: ReturnType<typeof checkProof>): void {
  const { entry, origin, reason } = verdict;
  const text =
    entry === undefined ? `NOT valid: ${reason}` : `valid: in ${origin}\n${JSON.stringify(entry, undefined, 2)}`;
  out.result({ valid: entry !== undefined, ...verdict }, text);
  if (entry === undefined) process.exitCode = 1;
}

function asNote<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MalformedNote) throw new CommandFailed(`${file}: ${error.message}.`);
    throw error;
  }
}

/** Before anything else: what is read piece by piece must not end in the middle of a check. */
function assertReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (!statSync(file).isFile()) throw new CommandFailed(`${file} is no file.`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function read<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(json(file, readText(file)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CommandFailed(`${file} is not what is expected: ${issue?.path.join('.')} ${issue?.message}`);
}

function json(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}
