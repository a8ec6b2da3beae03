import { closeSync, fdatasyncSync, fstatSync, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { markFailed, removeMark } from './failed-mark.ts';
import { isFullDisk } from './full-disk.ts';
import { Owner } from './owner.ts';
import { Room } from './room.ts';
import { writeStamp } from './stamp.ts';
import type { Tables } from './tables.ts';
import { WriteFailed } from './types.ts';

const probeBytes = 65_536;

/**
 * The one way to change the tables: proves that the directory is still ours, changes, and syncs.
 *
 * A full disk fails the commit. Any other refusal of the disk fails the node: what a failed sync left behind is not known, and a second
 * one that succeeds does not say that the bytes of the first are there.
 */
export class Commits {
  readonly #tables: Tables;
  readonly #owner: Owner;
  readonly #room: Room;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#owner = ownerOf(tables);
    removeMark(tables.path);
    this.#room = new Room(tables.path);
  }

  /**
   * @param bytes what the change brings
   * @throws {WriteFailed} nothing was changed; after a failed disk, that is not known
   */
  run(change: () => void, bytes = 0): void {
    const { env, health } = this.#tables;
    health.prove();
    this.#room.prove(bytes);
    try {
      env.transactionSync(() => {
        this.#owner.prove();
        this.#room.keepAhead(bytes);
        change();
        writeStamp(this.#tables);
      });
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  #failureOf(error: unknown): WriteFailed {
    if (error instanceof WriteFailed) return error;
    const { code, message } = error as { readonly code?: number; readonly message: string };
    const refusal = (code ?? 0) < 0 ? 'the tables are damaged, so the write is refused' : 'the disk refused the write';
    if (this.#isPassing(code, message)) return new WriteFailed('disk', `${refusal}: ${message}`);
    markFailed(this.#tables.path);
    return this.#tables.health.fail(
      `the disk failed while ${this.#tables.path} was written (${message.split(':')[0]}), so the node stops; ` +
        'check the disk, then start it again, or restore the directory from a backup',
    );
  }

  #isPassing(code: number | undefined, message: string): boolean {
    if (this.#isBroken()) return false;
    // LMDB's own numbers are negative: a damaged table, which the disk did write.
    if (code === undefined || code < 0) return true;
    // Of a write it says where; of a sync, which may have lost what it was to keep, it does not.
    if (isFullDisk(code)) return message.includes('Attempting to write');
    return code === constants.errno.EIO && !message.includes('Attempting to write') && this.#isFull();
  }

  /** Where LMDB has given itself up, it reads empty tables, and says so to writers only. */
  #isBroken(): boolean {
    this.#tables.env.resetReadTxn();
    try {
      return !this.#owner.isNamed();
    } catch {
      return true;
    }
  }

  /** LMDB calls a write that was cut short by a full disk an input/output error too; behind its last page anything may stand. */
  #isFull(): boolean {
    let handle: number | undefined;
    try {
      handle = openSync(this.#tables.path, 'r+');
      const end = fstatSync(handle).size;
      const written = writeSync(handle, Buffer.alloc(probeBytes), 0, probeBytes, end);
      fdatasyncSync(handle);
      return written < probeBytes;
    } catch (error) {
      // A file that cannot be opened says nothing of room: what was written stays unknown.
      return isFullDisk((error as NodeJS.ErrnoException).code);
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  }
}

/** The first commit of a process; one that fails leaves the same behind as any other. */
function ownerOf(tables: Tables): Owner {
  try {
    return new Owner(tables);
  } catch (error) {
    markFailed(tables.path);
    throw error;
  }
}
