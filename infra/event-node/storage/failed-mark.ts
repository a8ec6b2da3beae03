import { existsSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Says that a write of this file failed, and the node with it. LMDB then leaves in one of its meta pages the number of an old commit beside
 * the root of the one that failed, which without this mark is a sign of damage.
 */
const markOf = (path: string): string => `${path}-failed`;

/** As well as a disk that fails lets it. */
export function markFailed(path: string): void {
  try {
    writeFileSync(markOf(path), '');
  } catch {
    // The next start then asks for a backup.
  }
}

export function isMarkedFailed(path: string): boolean {
  return existsSync(markOf(path));
}

/** Once a later commit has taken that meta page's place. */
export function removeMark(path: string): void {
  rmSync(markOf(path), { force: true });
}
