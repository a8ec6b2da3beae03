import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackage, type Wanted } from '../../local/debian/fetch.ts';
import { libraryPath } from '../../local/debian/library-path.ts';
import { repositoryRoot } from '../../local/root.ts';
import { MissingComponent, type Progress } from '../../local/store.ts';

/** An strace that can be run here. */
export interface Strace {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
}

const wanted: Wanted = { name: 'strace', size: '2 MB', packages: [['strace']], programs: ['strace'] };

/**
 * The strace of the PATH, or one unpacked into `.cache/strace`, without root, from the system's own package source.
 *
 * @throws {MissingComponent} there is none, or this system does not let one process trace another
 */
export async function findStrace(log: Progress): Promise<Strace> {
  const found = [{ command: 'strace', env: {} }, unpacked()].find((strace) => strace !== undefined && runs(strace));
  const strace = found ?? (await fetched(log));
  const { status, stderr } = spawnSync(strace.command, ['-e', 'trace=none', process.execPath, '--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...strace.env },
  });
  if (status === 0) return strace;
  const reason = stderr.trim().split('\n')[0];
  throw new MissingComponent(
    `This system does not let strace trace a process (${reason}): run it where ptrace is allowed, in a container with --cap-add SYS_PTRACE.`,
  );
}

async function fetched(log: Progress): Promise<Strace> {
  if (process.platform !== 'linux')
    throw new MissingComponent('strace is missing, and is for Linux only: run the faults of the storage on Linux.');
  mkdirSync(cache, { recursive: true });
  const problem = await fetchPackage(cache, wanted, log);
  const strace = unpacked();
  if (strace !== undefined && runs(strace)) return strace;
  throw new MissingComponent(
    `strace is missing, and could not be fetched (${problem ?? 'it does not run here'}): run "sudo apt-get install strace".`,
  );
}

const cache = join(repositoryRoot, '.cache', 'strace');

function unpacked(): Strace | undefined {
  const command = join(cache, 'root', 'usr', 'bin', 'strace');
  return existsSync(command) ? { command, env: libraryPath(join(cache, 'root')) } : undefined;
}

function runs({ command, env }: Strace): boolean {
  return spawnSync(command, ['-V'], { stdio: 'ignore', env: { ...process.env, ...env } }).status === 0;
}
