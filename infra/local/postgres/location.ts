import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Progress, StoreFailed } from '../store.ts';
import { can, type User } from './user.ts';

/** Where data and copies go that root's stand-in can reach when it cannot reach the directory itself. */
const shared = '/var/lib/keyledger';

/** The directories of one PostgreSQL. */
export type Location = Readonly<{
  /** The data, owned by the user PostgreSQL runs as. */
  cluster: string;
  /** A place for a copy of the binaries. */
  copies: string;
}>;

/**
 * Finds or chooses the place of the data: below `dir`, unless PostgreSQL has to run as a user that cannot get there, as where a
 * checkout stands in root's own home. The choice is kept in `dir`. Throws `StoreFailed` when data is there but out of reach.
 */
export function locate(dir: string, user: User | undefined, log: Progress): Location {
  const note = join(dir, 'location');
  const below = join(dir, 'cluster');
  if (existsSync(note)) return { cluster: readFileSync(note, 'utf8').trim(), copies: shared };
  if (user === undefined) return { cluster: below, copies: dir };
  if (can(user, '-x', dir)) return { cluster: below, copies: shared };
  if (existsSync(join(below, 'PG_VERSION'))) {
    throw new StoreFailed(
      `PostgreSQL runs as ${user.name}, who cannot enter ${dir}, where its data is. Give others the right to pass ("chmod o+x") on each directory of that path.`,
    );
  }
  const cluster = join(shared, randomBytes(8).toString('hex'));
  log(`PostgreSQL runs as ${user.name}, who cannot enter ${dir}: its data goes to ${cluster}`);
  mkdirSync(shared, { recursive: true, mode: 0o755 });
  writeFileSync(note, `${cluster}\n`);
  return { cluster, copies: shared };
}

/** Makes a directory that belongs to the user alone. */
export function makePrivate(dir: string, user: User | undefined): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(dir, user.uid, user.gid);
}
