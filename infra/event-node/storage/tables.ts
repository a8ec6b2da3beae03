import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { CannotOpen } from './cannot-open.ts';
import { makeDirectory, syncDirectory, writeDurably } from './durable-names.ts';
import { isMarkedFailed } from './failed-mark.ts';
import { Health } from './health.ts';
import { type FileLength, fileLength, hasOwnRoots, setLength } from './length.ts';
import { proveStamp } from './stamp.ts';
import { upgrade } from './upgrade.ts';

/** Version of the directory's format. */
export const formatVersion = 3;

/** The tables, each a tree of its own. */
export interface Tables {
  /** The file. */
  readonly path: string;
  readonly health: Health;
  readonly env: RootDatabase<Buffer, Buffer>;
  /** position → record */
  readonly events: Database<Buffer, Buffer>;
  /** (stream number, revision) → position */
  readonly index: Database<Buffer, Buffer>;
  /** name, or the hash of a long one → stream number and name */
  readonly streams: Database<Buffer, Buffer>;
  /** name, or the hash of a long one → stream number, first and last revision */
  readonly heads: Database<Buffer, Buffer>;
  /** where a scavenge took events away → where the next one stands */
  readonly gaps: Database<Buffer, Buffer>;
  /** the process that owns the directory, and the end of the log; in the root, whose page every commit writes anyhow */
  readonly state: Database<Buffer, Buffer>;
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
  options: { readonly readOnly?: boolean; readonly beforeOpen?: () => void; readonly health?: Health } = {},
): Tables {
  const path = join(dir, 'events.lmdb');
  const readOnly = options.readOnly === true;
  if (!readOnly) makeDirectory(dir);
  const version = checkFormat(dir, readOnly);
  options.beforeOpen?.();
  // Looked at once no other process writes.
  const length = fileLength(path);
  const use: Use = { readOnly, isNew: version === 1, health: options.health ?? new Health() };
  if (length === undefined && !readOnly) makeFile(dir, path);
  const tables = length === undefined ? openEnvironment(path, use) : openWhole(path, length, use, version);
  if (version < formatVersion) {
    upgradeWhole(path, tables, version);
    writeDurably(dir, 'format.json', formatText);
  }
  return tables;
}

function upgradeWhole(path: string, tables: Tables, version: number): void {
  try {
    upgrade(tables, version);
  } catch (error) {
    void tables.env.close();
    throw CannotOpen.of(`${path} cannot be brought up to date`, error, 'restore the directory from a backup');
  }
}

/** How a file is opened; `isNew`: tables it does not have are made. */
interface Use {
  readonly readOnly: boolean;
  readonly isNew: boolean;
  readonly health: Health;
}

/** The file gets its name once it is whole: a power cut while it is made leaves none, and not a torn one. */
function makeFile(dir: string, path: string): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  void openEnvironment(temporary, { readOnly: false, isNew: true, health: new Health() }).env.close();
  rmSync(`${temporary}-lock`, { force: true });
  renameSync(temporary, path);
  syncDirectory(dir);
}

function openEnvironment(path: string, { health, isNew, readOnly }: Use): Tables {
  try {
    const env = open<Buffer, Buffer>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      noMemInit: false,
      maxDbs: 8,
      maxReaders: 64,
      readOnly,
    });
    const table = (name: string): Database<Buffer, Buffer> => {
      // A table that is missing where it should be is not made anew, empty.
      const how = { name, encoding: 'binary' as const, keyEncoding: 'binary' as const, create: isNew };
      const opened: Database<Buffer, Buffer> | undefined = env.openDB<Buffer, Buffer>(how);
      if (opened === undefined) throw new Error(`its table "${name}" is lost`);
      return opened;
    };
    const beside = { heads: table('heads'), gaps: table('gaps'), state: env };
    return { path, health, env, events: table('events'), index: table('index'), streams: table('streams'), ...beside };
  } catch (error) {
    throw CannotOpen.of(`${path} cannot be opened`, error, 'restore the directory from a backup');
  }
}

/**
 * Opens a file that is shorter than it says. LMDB leaves pages at the end unwritten that it has no use for; so the file is made long
 * enough to be read, and everything is: where nothing was cut away, nothing leads to what is new.
 */
function openCut(path: string, { is, shouldBe }: FileLength, use: Use): Tables {
  setLength(path, shouldBe);
  const reader = join(import.meta.dirname, `read-through${extname(import.meta.filename)}`);
  const { status } = spawnSync(process.execPath, [reader, path], { stdio: 'ignore' });
  if (status === 0) return openEnvironment(path, use);
  setLength(path, is);
  throw new CannotOpen(cutShort(path));
}

/** Opens a file that is there, once it is what it says it is. */
function openWhole(path: string, length: FileLength, use: Use, version: number): Tables {
  if (length.is < length.shouldBe) {
    if (use.readOnly) throw new CannotOpen(cutShort(path));
    return openCut(path, length, use);
  }
  // A reader cannot tell, since another process may be writing.
  if (use.readOnly || version < formatVersion) return openEnvironment(path, use);
  if (!isMarkedFailed(path) && !hasOwnRoots(path)) throw new CannotOpen(damagedBeginning(path));
  const tables = openEnvironment(path, use);
  try {
    proveStamp(tables, length.commit);
    return tables;
  } catch (error) {
    void tables.env.close();
    throw CannotOpen.of(`${path} is damaged`, error, 'restore the directory from a backup');
  }
}

function damagedBeginning(path: string): string {
  return `${path} is damaged at its beginning; restore the directory from a backup.`;
}

function cutShort(path: string): string {
  return `${path} is cut short, and events are lost with its end; restore the directory from a backup.`;
}

interface Format {
  readonly format: string;
  readonly version: number;
}

const formatText = `${JSON.stringify({ format: 'keyledger-event-node', version: formatVersion })}\n`;

/** @returns the version */
function checkFormat(dir: string, readOnly: boolean): number {
  const path = join(dir, 'format.json');
  if (!existsSync(path)) {
    if (readOnly) throw new CannotOpen(`${dir} holds no event node's data (no format.json); check the path.`);
    if (existsSync(join(dir, 'events.lmdb'))) {
      throw new CannotOpen(`${dir} has events but no format.json; restore that file from a backup.`);
    }
    writeDurably(dir, 'format.json', formatText);
    return formatVersion;
  }
  const found = readFormat(path);
  if (found.format !== 'keyledger-event-node')
    throw new CannotOpen(`${path} is not an event node's; choose another --dir.`);
  if (found.version > formatVersion) {
    throw new CannotOpen(
      `${dir} has format ${found.version}, this program knows up to ${formatVersion}; run the newer release that wrote it.`,
    );
  }
  if (found.version < formatVersion && readOnly) {
    throw new CannotOpen(`${dir} has an older format; serve it once, which brings it up to date.`);
  }
  return found.version;
}

function readFormat(path: string): Format {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Format;
  } catch {
    throw new CannotOpen(`${path} is damaged; restore it from a backup.`);
  }
}
