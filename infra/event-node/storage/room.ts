import { closeSync, openSync, statfsSync, writeSync } from 'node:fs';
import { isFullDisk } from './full-disk.ts';
import { fileLength } from './length.ts';
import { WriteFailed } from './types.ts';

const MiB = 1_048_576;
/** What is left free, beside twice what a commit brings, for the pages of the tables. */
const reserveBytes = MiB;
/** So much room is believed in for so many milliseconds: no neighbour fills it in that time. */
const plentyBytes = 1_024 * MiB;
const believedMs = 100;
/** The file is made longer by so much, where that leaves enough for others. */
const stepBytes = MiB;
const sparedBytes = 64 * MiB;

/** The room of the disk, and that of the file, in which commits are written. */
export class Room {
  readonly #path: string;
  #free = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** What commits may have taken of the file's room since it was looked at. */
  #taken = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * A disk that is nearly full is asked for nothing: where a page cannot be written, LMDB's binding writes past the end of its message.
   *
   * @throws {WriteFailed}
   */
  prove(bytes: number): void {
    const now = performance.now();
    if (this.#free < plentyBytes || now - this.#lookedAt > believedMs) {
      this.#free = freeBytes(this.#path);
      this.#lookedAt = now;
    }
    if (this.#free >= 2 * bytes + reserveBytes) return;
    throw new WriteFailed('disk', `the disk refused the write: it is full but for ${this.#free} bytes`);
  }

  /**
   * Keeps written room behind the file's last page: a sync of pages that make the file longer writes the file system's journal too, which
   * takes twice as long. Inside a transaction, where no other process writes; the commit's own sync is that of the room too.
   *
   * @throws the system's error, where the disk fails otherwise than by being full
   */
  keepAhead(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < stepBytes / 2 || this.#free < sparedBytes) return;
    this.#taken = 0;
    const length = fileLength(this.#path);
    if (length === undefined || length.is - length.shouldBe >= stepBytes) return;
    const handle = openSync(this.#path, 'r+');
    try {
      writeSync(handle, Buffer.alloc(stepBytes), 0, stepBytes, length.is);
    } catch (error) {
      // Without it, commits take longer.
      if (!isFullDisk((error as NodeJS.ErrnoException).code)) throw error;
    } finally {
      closeSync(handle);
    }
  }
}

/** Without end where the system does not tell. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
