import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CannotOpen } from './cannot-open.ts';
import { openTables } from './tables.ts';
import { verify } from './verify.ts';

/**
 * Copies a directory, live: LMDB's readers see one consistent state whatever the writer does meanwhile. The copy appears whole or
 * not at all.
 *
 * @throws {CannotOpen} the target exists, or the source is not an event node's
 */
export async function backup(dir: string, target: string): Promise<{ readonly lastPosition: number }> {
  if (existsSync(target)) throw new CannotOpen(`${target} exists already; choose a path that does not.`);
  const tables = openTables(dir, { readOnly: true });
  mkdirSync(dirname(resolve(target)), { recursive: true });
  const temporary = mkdtempSync(`${resolve(target)}.`);
  try {
    await tables.env.backup(join(temporary, 'events.lmdb'), false);
    copyFileSync(join(dir, 'format.json'), join(temporary, 'format.json'));
    renameSync(temporary, target);
  } finally {
    await tables.env.close();
    rmSync(temporary, { recursive: true, force: true });
  }
  return { lastPosition: (await verify(target)).lastPosition };
}
