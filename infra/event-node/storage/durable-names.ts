import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CannotOpen } from './cannot-open.ts';

/**
 * Makes a directory so that it is there after a power cut.
 *
 * @throws {CannotOpen}
 */
export function makeDirectory(dir: string): void {
  try {
    if (mkdirSync(dir, { recursive: true, mode: 0o700 }) === undefined) return;
  } catch (error) {
    throw new CannotOpen(`${dir} cannot be made (${(error as Error).message}); choose another directory with --dir.`);
  }
  // Those above may be just as new, made by whoever started this process.
  for (let above = dirname(resolve(dir)); canSync(above) && above !== dirname(above); above = dirname(above));
}

function canSync(dir: string): boolean {
  try {
    syncDirectory(dir);
    return true;
  } catch {
    return false;
  }
}

/** Writes a small file so that it is there, whole, after a power cut. */
export function writeDurably(dir: string, name: string, text: string): void {
  const temporary = join(dir, `${name}.new`);
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, join(dir, name));
  syncDirectory(dir);
}

/** A new file is only durable once its directory is synced. */
export function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
