import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';

/** Version of the directory's format. */
export const formatVersion = 1;

/** The directory cannot be opened as it is; the message says why and what to do. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';
}

/** The three tables, and one row of counters. */
export interface Tables {
  readonly env: RootDatabase<Buffer, Buffer>;
  /** position → record */
  readonly events: Database<Buffer, Buffer>;
  /** (stream number, revision) → position */
  readonly index: Database<Buffer, Buffer>;
  /** name, or the hash of a long one → stream number and name */
  readonly streams: Database<Buffer, Buffer>;
}

/**
 * Opens the directory's LMDB environment, making it where it is new.
 *
 * Every commit is synced before it returns (`overlappingSync: false`); a commit that fails leaves the file as it was.
 *
 * @throws {CannotOpen} a newer format, a file that is not ours, or one that is damaged
 */
export function openTables(
  dir: string,
  options: { readonly readOnly?: boolean; readonly beforeOpen?: () => void } = {},
): Tables {
  const path = join(dir, 'events.lmdb');
  if (options.readOnly !== true) prepareDirectory(dir);
  checkFormat(dir, options.readOnly === true);
  checkFile(path);
  options.beforeOpen?.();
  try {
    const env = open<Buffer, Buffer>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      noMemInit: false,
      maxDbs: 8,
      maxReaders: 64,
      readOnly: options.readOnly === true,
    });
    const table = (name: string): Database<Buffer, Buffer> =>
      env.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    const tables = { env, events: table('events'), index: table('index'), streams: table('streams') };
    syncDirectory(dir);
    return tables;
  } catch (error) {
    throw new CannotOpen(
      `${path} cannot be opened (${(error as Error).message}); restore the directory from a backup.`,
    );
  }
}

/** What stands at the beginning of both of LMDB's meta pages (`MDB_MAGIC`, after the page header). */
const lmdbMagic = 0xbeefc0de;
const metaPageBytes = 4_096;
const magicOffset = 24;

/** LMDB maps the file as it is, and a foreign or cut one can end the process: so its beginning is looked at first. */
function checkFile(path: string): void {
  if (!existsSync(path)) return;
  const handle = openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(2 * metaPageBytes);
    const read = readSync(handle, beginning, 0, beginning.length, 0);
    const whole = [0, metaPageBytes].every((page) => beginning.readUInt32LE(page + magicOffset) === lmdbMagic);
    if (read === beginning.length && whole) return;
  } finally {
    closeSync(handle);
  }
  throw new CannotOpen(`${path} is damaged at its beginning; restore the directory from a backup.`);
}

function prepareDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CannotOpen(`${dir} cannot be made (${(error as Error).message}); choose another directory with --dir.`);
  }
}

interface Format {
  readonly format: string;
  readonly version: number;
}

function checkFormat(dir: string, readOnly: boolean): void {
  const path = join(dir, 'format.json');
  if (!existsSync(path)) {
    if (readOnly) throw new CannotOpen(`${dir} holds no event node's data (no format.json); check the path.`);
    if (existsSync(join(dir, 'events.lmdb'))) {
      throw new CannotOpen(`${dir} has events but no format.json; restore that file from a backup.`);
    }
    writeDurably(dir, 'format.json', `${JSON.stringify({ format: 'keyledger-event-node', version: formatVersion })}\n`);
    return;
  }
  const found = readFormat(path);
  if (found.format !== 'keyledger-event-node')
    throw new CannotOpen(`${path} is not an event node's; choose another --dir.`);
  if (found.version > formatVersion) {
    throw new CannotOpen(
      `${dir} has format ${found.version}, this program knows up to ${formatVersion}; run the newer release that wrote it.`,
    );
  }
}

function readFormat(path: string): Format {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Format;
  } catch {
    throw new CannotOpen(`${path} is damaged; restore it from a backup.`);
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
function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Keys of `events`: the position, big-endian, so that byte order is commit order. */
export function positionKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(position));
  return key;
}

/** Keys of `index`: stream number and revision, big-endian. */
export function indexKey(streamNumber: number, revision: number): Buffer {
  const key = Buffer.allocUnsafe(12);
  key.writeUInt32BE(streamNumber, 0);
  key.writeBigUInt64BE(BigInt(revision), 4);
  return key;
}

/** The revision in a key of `index`. */
export function indexedRevision(key: Buffer): number {
  return Number(key.readBigUInt64BE(4));
}

export function readPosition(value: Buffer): number {
  return Number(value.readBigUInt64BE(0));
}

/** LMDB keys are short: a long name is found by its hash, and compared in full. */
export function nameKey(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= 256) return Buffer.concat([Buffer.from([0]), bytes]);
  return Buffer.concat([Buffer.from([1]), createHash('sha256').update(bytes).digest()]);
}

/** Value of `streams`: the number, then the name. */
export function streamValue(streamNumber: number, name: string): Buffer {
  const value = Buffer.allocUnsafe(4);
  value.writeUInt32BE(streamNumber);
  return Buffer.concat([value, Buffer.from(name, 'utf8')]);
}
