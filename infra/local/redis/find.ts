import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fetchPackage, type Wanted } from '../debian/fetch.ts';
import { libraryPath } from '../debian/library-path.ts';
import { repositoryRoot } from '../root.ts';
import { MissingComponent, type Progress } from '../store.ts';

/** A Redis (or Valkey) server that can be run. */
export type RedisBinary = Readonly<{ command: string; env: NodeJS.ProcessEnv }>;

const servers = ['redis-server', 'valkey-server'];
const wanted: Wanted = {
  name: 'redis-server',
  size: '2 MB',
  packages: [
    ['redis-server', 'redis-tools'],
    ['valkey-server', 'valkey-tools'],
  ],
  // The servers are links to these, which may hang in the air until all is unpacked.
  programs: [...servers, 'redis-check-rdb', 'valkey-check-rdb'],
};

/** Where to look: the directories of the PATH, and those that may hold an unpacked server. */
export type Places = Readonly<{ path: readonly string[]; caches: readonly string[] }>;

/**
 * A server on the PATH, or one unpacked earlier into `.cache/redis`, or one that is unpacked there now, without root, from the
 * system's own package source. Throws `MissingComponent`.
 */
export async function findRedis(log: Progress, { path, caches }: Places = usualPlaces()): Promise<RedisBinary> {
  const found = onPath(path) ?? caches.map(unpacked).find((binary) => binary !== undefined);
  if (found !== undefined) return found;
  const cache = caches.find(writable);
  const problem =
    cache === undefined ? `none of ${caches.join(', ')} can be written` : await fetchPackage(cache, wanted, log);
  const fetched = cache === undefined ? undefined : unpacked(cache);
  if (fetched !== undefined) return fetched;
  throw new MissingComponent(
    `Redis is missing: no redis-server or valkey-server 6.2 or newer on the PATH, and none could be fetched (${problem ?? 'it does not run here'}). ` +
      `Run ${advice()}, or set REDIS_URL to a running server.`,
  );
}

function advice(): string {
  if (process.platform === 'darwin') return '"brew install redis"';
  return '"sudo apt-get install redis-server" (Debian, Ubuntu) or "sudo dnf install valkey" (Fedora)';
}

function onPath(path: readonly string[]): RedisBinary | undefined {
  const commands = path.flatMap((place) => servers.map((server) => join(place, server)));
  return commands.map((command) => runnable({ command, env: {} })).find((binary) => binary !== undefined);
}

/** The checkout's own cache comes first; the user's is for a checkout that cannot be written. */
function usualPlaces(): Places {
  const home = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return {
    path: (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== ''),
    caches: [join(repositoryRoot, '.cache', 'redis'), join(home, 'keyledger', 'redis')],
  };
}

function writable(dir: string): boolean {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The server in an unpacked tree, with the libraries that came with it. */
function unpacked(cache: string): RedisBinary | undefined {
  const root = join(cache, 'root');
  for (const server of servers) {
    const command = join(root, 'usr', 'bin', server);
    const binary = existsSync(command) ? runnable({ command, env: libraryPath(root) }) : undefined;
    if (binary !== undefined) return binary;
  }
  return undefined;
}

/** BullMQ needs Redis 6.2 or newer; a server that does not even start counts as none. */
function runnable(binary: RedisBinary): RedisBinary | undefined {
  const { status, stdout } = spawnSync(binary.command, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...binary.env },
  });
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(status === 0 ? stdout : '') ?? [];
  return Number(major) * 100 + Number(minor) >= 602 ? binary : undefined;
}
