import { execFileSync, spawnSync } from 'node:child_process';

/** The user a process runs as. */
export type User = Readonly<{ name: string; uid: number; gid: number }>;

/**
 * The user PostgreSQL runs as: undefined for the present one; `nobody` when that is root, which PostgreSQL refuses.
 * It must be a user the system knows: PostgreSQL looks its own name up.
 */
export function postgresUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { name: 'nobody', uid: id('-u'), gid: id('-g') };
}

/** Whether the user can do what a `test` flag says (`-x`, `-r`, `-w`) to each of the paths. */
export function can(user: User | undefined, flag: '-x' | '-r' | '-w', ...paths: string[]): boolean {
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  return paths.every((path) => spawnSync('test', [flag, path], { ...identity, cwd: '/' }).status === 0);
}
