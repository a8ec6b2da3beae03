import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { OutsideHead } from '../../domain/audit/export/check.ts';
import { type Trust, trustedHead } from '../../domain/audit/export/trust.ts';
import { ArchiveCheck, ArchiveDamaged, type ArchiveHead } from '../../domain/audit/retention/archive-lines.ts';
import {
  type FoundSeal,
  type SumBefore,
  sealIn,
  sealRoom,
  unsealed,
} from '../../domain/audit/retention/archive-seal.ts';
import { MalformedNote } from '../../kernel/proof/signed-note.ts';
import type { Checking } from './check-export.ts';
import { linesIn } from './lines.ts';

/** What the check of an archive came to. */
export interface ArchiveVerdict {
  /** Entries that are sound, up to the first damage. */
  readonly entries: number;
  /** Of the file: the run that wrote it has it on the log. In hex. */
  readonly sha256: string;
  readonly head?: ArchiveHead;
  readonly reason?: string;
}

/**
 * Checks the archive of a cleanup, compressed as it was downloaded, in bounded memory: its entries, which name the place of a damage, and
 * its seal, which no change gets past.
 *
 * @throws {CommandFailed} it cannot be read
 */
export async function checkArchive(checking: Checking): Promise<ArchiveVerdict> {
  const check = new ArchiveCheck();
  const found = await sealOf(checking.file);
  const { before, sha256 } = await sumsOf(checking.file, found?.begin ?? 0);
  try {
    const head = await headOf(checking, check, found?.begin);
    const reason = distrust(head, checking) ?? distrustSeal(found, before, checking.trust);
    return { entries: check.entries, sha256, ...(reason === undefined ? { head } : { reason }) };
  } catch (error) {
    return { entries: check.entries, sha256, reason: reasonOf(error) };
  }
}

async function sealOf(file: string): Promise<FoundSeal | undefined> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size === 0) return undefined;
    const end = Buffer.alloc(Math.min(size, sealRoom));
    await handle.read(end, 0, end.length, size - end.length);
    return sealIn(end, size);
  } finally {
    await handle.close();
  }
}

/** SHA-256 of the file, and of so many bytes at its begin. */
async function sumsOf(file: string, bytes: number): Promise<{ readonly before: SumBefore; readonly sha256: string }> {
  const whole = createHash('sha256');
  if (bytes > 0) for await (const part of createReadStream(file, { end: bytes - 1 })) whole.update(part as Buffer);
  const sha256 = whole.copy().digest('hex');
  for await (const part of createReadStream(file, { start: bytes })) whole.update(part as Buffer);
  return { before: { bytes, sha256 }, sha256: whole.digest('hex') };
}

function distrustSeal(found: FoundSeal | undefined, before: SumBefore, { documents }: Trust): string | undefined {
  if (found === undefined) return 'it has no seal: its end is gone, or was changed';
  return unsealed(found, before, documents);
}

/** Gives the check every line. */
async function headOf(
  { file, progress }: Checking,
  check: ArchiveCheck,
  end = Number.POSITIVE_INFINITY,
): Promise<ArchiveHead> {
  if (end === 0) return check.whole().head;
  const plain = createGunzip();
  // What goes wrong shows where it is read.
  const flowing = pipeline(createReadStream(file, { end: end - 1 }), plain).catch(() => undefined);
  for await (const lines of linesIn(file, plain)) {
    for (const line of lines) check.take(line ?? '');
    progress(check.entries);
  }
  await flowing;
  return check.whole().head;
}

/** What is wrong with the checkpoint the archive's proofs lead to; undefined where it is genuine. */
function distrust(
  { checkpoint, tenant }: ArchiveHead,
  { outside, trust }: { readonly trust: Trust; readonly outside?: OutsideHead | undefined },
): string | undefined {
  const { origin, root, size } = trustedHead(checkpoint.note, trust);
  if (size !== checkpoint.size || root.toString('base64') !== checkpoint.root) {
    return 'the signed checkpoint is not the one its proofs lead to';
  }
  if (!origin.endsWith(`/${tenant}`)) return `its entries are not of the log ${origin}`;
  if (outside === undefined || (outside.size === size && outside.root.equals(root))) return undefined;
  return `it was made under the checkpoint of ${size} entries, and the one given is another, of ${outside.size}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof ArchiveDamaged || error instanceof MalformedNote) return error.message;
  const { code, message } = error as { readonly code?: string; readonly message: string };
  if (code?.startsWith('Z_') === true) return `it cannot be uncompressed: ${message}`;
  throw error;
}
