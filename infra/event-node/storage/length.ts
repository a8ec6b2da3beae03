import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { CannotOpen } from './cannot-open.ts';

const pageBytes = 4_096;
/** LMDB's two meta pages, and where in each stand its magic number, its last page and its transaction (after the page header). */
const metaPages = [0, pageBytes];
const magic = 0xbeefc0de;
const magicOffset = 24;
const lastPageOffset = 144;
const transactionOffset = 152;

/**
 * Bytes the file has and should have by its newest meta page. LMDB maps the file as it is, and a foreign or cut one ends the process:
 * so its beginning is looked at first.
 *
 * @throws {CannotOpen}
 */
export function fileLength(path: string): { readonly is: number; readonly shouldBe: number } | undefined {
  if (!existsSync(path)) return undefined;
  const handle = openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(metaPages.length * pageBytes);
    const read = readSync(handle, beginning, 0, beginning.length, 0);
    const whole = metaPages.every((page) => beginning.readUInt32LE(page + magicOffset) === magic);
    if (read < beginning.length || !whole)
      throw new CannotOpen(`${path} is damaged at its beginning; restore the directory from a backup.`);
    const [first = 0, second = 0] = metaPages.map((page) => beginning.readBigUInt64LE(page + transactionOffset));
    const newest = first > second ? 0 : pageBytes;
    const lastPage = Number(beginning.readBigUInt64LE(newest + lastPageOffset));
    return { is: fstatSync(handle).size, shouldBe: (lastPage + 1) * pageBytes };
  } finally {
    closeSync(handle);
  }
}

/** Makes the file longer or shorter. */
export function setLength(path: string, bytes: number): void {
  const handle = openSync(path, 'r+');
  try {
    ftruncateSync(handle, bytes);
  } finally {
    closeSync(handle);
  }
}
