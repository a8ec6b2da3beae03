import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { OutsideHead } from '../../domain/audit/export/check.ts';
import { type Trust, trustedHead } from '../../domain/audit/export/trust.ts';
import { ArchiveCheck, ArchiveDamaged, type ArchiveHead } from '../../domain/audit/retention/archive-lines.ts';
import { MalformedNote } from '../../kernel/proof/signed-note.ts';
import { CommandFailed } from '../output.ts';
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

/** Checks the archive of a cleanup, compressed as it was downloaded, in bounded memory. @throws {CommandFailed} it cannot be read */
export async function checkArchive(checking: Checking): Promise<ArchiveVerdict> {
  const check = new ArchiveCheck();
  const sha256 = await sha256Of(checking.file);
  try {
    const head = await headOf(checking, check);
    const reason = distrust(head, checking);
    return { entries: check.entries, sha256, ...(reason === undefined ? { head } : { reason }) };
  } catch (error) {
    return { entries: check.entries, sha256, reason: reasonOf(error) };
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read: ${(error as Error).message}`);
  }
  return hash.digest('hex');
}

/** Gives the check every line. */
async function headOf({ file, progress }: Checking, check: ArchiveCheck): Promise<ArchiveHead> {
  const plain = createGunzip();
  // What goes wrong shows where it is read.
  const flowing = pipeline(createReadStream(file), plain).catch(() => undefined);
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
