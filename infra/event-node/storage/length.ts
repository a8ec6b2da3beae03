import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { CannotOpen } from './cannot-open.ts';

const pageBytes = 4_096;
/** LMDB's two meta pages, and where in each stand its magic number, its last page and its transaction (after the page header). */
const metaPages = [0, pageBytes];
const magic = 0xbeefc0de;
const magicOffset = 24;
const rootOffset = 136;
const lastPageOffset = 144;
const transactionOffset = 152;
/** Where in any page its own number stands, and that of the transaction that wrote it. */
const numberOffset = 0;
const writtenOffset = 8;
const noRoot = 0xffff_ffff_ffff_ffffn;

/** What a file says of itself at its beginning. */
export interface FileLength {
  /** Bytes it has. */
  readonly is: number;
  /** Bytes it has at least. */
  readonly shouldBe: number;
  /** Number of its newest commit. */
  readonly commit: number;
}

/**
 * Bytes the file has and should have by its newest meta page. LMDB maps the file as it is, and a foreign or cut one ends the process:
 * so its beginning is looked at first.
 *
 * @throws {CannotOpen}
 */
export function fileLength(path: string): FileLength | undefined {
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
    const commit = Number(first > second ? first : second);
    return { is: fstatSync(handle).size, shouldBe: (lastPage + 1) * pageBytes, commit };
  } finally {
    closeSync(handle);
  }
}

/**
 * Whether both meta pages lead to roots that are theirs: a root that was written later than its meta page says is one whose meta page's
 * number is damaged, so that LMDB would take up the commit before.
 */
export function hasOwnRoots(path: string): boolean {
  const handle = openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(metaPages.length * pageBytes);
    readSync(handle, beginning, 0, beginning.length, 0);
    return metaPages.every((page) => {
      const root = beginning.readBigUInt64LE(page + rootOffset);
      if (root === noRoot) return true;
      const head = Buffer.alloc(writtenOffset + 8);
      const read = readSync(handle, head, 0, head.length, Number(root) * pageBytes);
      if (read < head.length || head.readBigUInt64LE(numberOffset) !== root) return false;
      return head.readBigUInt64LE(writtenOffset) <= beginning.readBigUInt64LE(page + transactionOffset);
    });
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
