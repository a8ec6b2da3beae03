import { execFile } from 'node:child_process';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandOf, endProcess, identityOf, type Step } from '../process-table.ts';
import { StoreFailed } from '../store.ts';
import type { Binaries } from './binaries.ts';
import { makePrivate } from './location.ts';
import type { User } from './user.ts';

/** Fast shutdown, immediate shutdown, and the last resort. SIGTERM would wait for the clients to leave. */
export const ending: readonly Step[] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
];

/** The major version of the data, or undefined when there is none yet. */
export function majorOf(cluster: string): string | undefined {
  const path = join(cluster, 'PG_VERSION');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** What a new data directory is made with. */
export type NewCluster = Readonly<{
  cluster: string;
  binaries: Binaries;
  user: User | undefined;
  password: string;
  durable: boolean;
}>;

/**
 * Makes the data directory. It takes its name when it is whole: a start that is killed on the way leaves nothing that looks like data.
 */
export async function makeCluster({ cluster, binaries, user, password, durable }: NewCluster): Promise<void> {
  const fresh = `${cluster}.new`;
  rmSync(fresh, { recursive: true, force: true });
  makePrivate(fresh, user);
  const passwordFile = `${cluster}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
    const args = [
      '-D',
      fresh,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-instructions',
    ];
    await promisify(execFile)(
      join(binaries.bin, 'initdb'),
      [...args, ...(durable ? [] : ['--no-sync']), `--pwfile=${passwordFile}`],
      {
        cwd: '/',
        env: { LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] },
        ...(user ?? {}),
      },
    );
  } catch (error) {
    throw new StoreFailed(`PostgreSQL's initdb failed in ${fresh}: ${(error as Error).message.trim()}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, cluster);
}

/**
 * Ends a postmaster that a killed parent left behind, and removes a `postmaster.pid` that names some other process by now, which
 * PostgreSQL would take for its own.
 */
export async function clearPostmaster(cluster: string): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  if (!existsSync(path)) return;
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  if (!(pid > 0) || identityOf(pid) === undefined) return;
  if (!commandOf(pid).includes(cluster)) return rmSync(path, { force: true });
  if (!(await endProcess(pid, ending))) {
    throw new StoreFailed(
      `An earlier PostgreSQL, process ${pid}, still runs on ${cluster} and does not end; end it by hand.`,
    );
  }
}

/** The settings every embedded PostgreSQL runs with: loopback only, no socket files, and no statement or row in its log. */
export function settings(cluster: string, port: number, durable: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    max_wal_size: '4GB',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
