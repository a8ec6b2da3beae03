import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseRootKeys, type RootKey, RootKeyError } from '../../kernel/crypto/root-key.ts';

/** Where the root key of an installation without a key file of its own is kept, within the data directory. */
export const rootKeyName = 'root.key';

/**
 * Reads the root key from a file, or from the data directory, where the first start makes one.
 *
 * @param from `file`: KEYLEDGER_ROOT_KEY_FILE, where given; `dataDir`: an absolute path
 * @throws {RootKeyError} one sentence to show
 */
export function openRootKey(from: { readonly file?: string | undefined; readonly dataDir: string }): RootKey {
  if (from.file !== undefined) return readRootKey(from.file);
  const path = join(from.dataDir, rootKeyName);
  try {
    if (!existsSync(path)) makeOnce(path);
  } catch (error) {
    const why = (error as Error).message;
    const what = `The root key file ${path} cannot be made: ${why}; make the directory writable or set KEYLEDGER_ROOT_KEY_FILE.`;
    throw new RootKeyError(what, { cause: error });
  }
  return readRootKey(path);
}

function readRootKey(path: string): RootKey {
  const { text, mode } = contentOf(path);
  // The owner's group may read: that is how orchestrators hand secrets to a process that is not root.
  if ((mode & 0o037) !== 0) {
    const shown = mode.toString(8).padStart(4, '0');
    throw new RootKeyError(`The root key file ${path} is open to others (mode ${shown}); run chmod 600 on it.`);
  }
  return parseRootKeys(text, `The root key file ${path}`);
}

/** Text and mode of one and the same file, whatever happens to its name meanwhile. */
function contentOf(path: string): { readonly text: string; readonly mode: number } {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return { mode: fstatSync(file).mode & 0o777, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new RootKeyError(`The root key file ${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whole or not at all, and one winner where several processes start at once: written aside, then linked into place. */
function makeOnce(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(file);
    linkSync(aside, path);
    syncDirectory(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(aside, { force: true });
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
