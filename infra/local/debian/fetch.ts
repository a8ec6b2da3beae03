import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from '../store.ts';
import { libraryPath } from './library-path.ts';

const run = promisify(execFile);

/** Where apt works, without root: directories of its own, and no sandbox user to change to. */
type Apt = Readonly<{ dir: string; debs: string; root: string; options: readonly string[] }>;

/** What is fetched: the first of these sets of packages that there is. */
export type Wanted = Readonly<{
  name: string;
  /** Of the download, to tell people. */
  size: string;
  packages: readonly (readonly string[])[];
  /** In `usr/bin`, any of them. */
  programs: readonly string[];
}>;

/**
 * Fetches packages of Debian or Ubuntu with apt, which checks their signatures, and unpacks them with what they need into
 * `root` of the cache; nothing is installed. Returns why it could not, or undefined when it did.
 */
export async function fetchPackage(cache: string, wanted: Wanted, log: Progress): Promise<string | undefined> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) return 'this system has no apt';
  const dir = mkdtempSync(join(cache, 'apt-'));
  try {
    log(`fetching ${wanted.name} once, about ${wanted.size}`);
    const apt = await withPackages(dir, wanted, log);
    await completeLibraries(apt, wanted);
    settle(apt.root, join(cache, 'root'));
    return undefined;
  } catch (error) {
    return reason(error);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The package lists of the system are tried first, then fresh ones of our own: the former may be absent or out of date. */
async function withPackages(dir: string, wanted: Wanted, log: Progress): Promise<Apt> {
  const [state, cache, debs, root] = ['state', 'cache', 'debs', 'root'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [join(state, 'lists', 'partial'), join(cache, 'archives', 'partial'), debs, root]) {
    mkdirSync(path, { recursive: true });
  }
  const system = { dir, debs, root, options: flags({ ...common, 'Dir::Cache': cache }) };
  if (await anyFetched(system, wanted).catch(() => false)) return system;
  log('fetching the package lists for it, about 20 MB');
  const own = { ...system, options: [...system.options, ...flags({ 'Dir::State': state, ...packageStatus })] };
  // A source that cannot be reached fails the update, and does not matter when another has the package.
  await run('apt-get', [...own.options, 'update'], { cwd: debs }).catch(() => undefined);
  await anyFetched(own, wanted);
  return own;
}

const common = {
  'APT::Sandbox::User': '',
  'Debug::NoLocking': '1',
  'Acquire::Retries': '2',
  'Acquire::http::Timeout': '20',
  'Acquire::https::Timeout': '20',
};
const packageStatus = { 'Dir::State::status': '/var/lib/dpkg/status' };

const flags = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

async function anyFetched(apt: Apt, { packages }: Wanted): Promise<boolean> {
  let problem: unknown;
  for (const names of packages) {
    try {
      await fetchPackages(apt, names);
      return true;
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem;
}

async function fetchPackages(apt: Apt, names: readonly string[]): Promise<void> {
  await run('apt-get', [...apt.options, 'download', ...names], { cwd: apt.debs });
  for (const deb of readdirSync(apt.debs)) await run('dpkg', ['-x', join(apt.debs, deb), apt.root]);
}

/** Fetches what the program's libraries need, and what those need, until the dynamic linker misses nothing. */
async function completeLibraries(apt: Apt, { programs }: Wanted): Promise<void> {
  const fetched = new Set<string>();
  for (let round = 0; round < 5 && (await missesLibraries(apt.root, programs)); round++) {
    const wanted = [...new Set(await dependencies(apt.debs))].filter((name) => !fetched.has(name));
    if (wanted.length === 0) return;
    await fetchPackages(apt, wanted);
    for (const name of wanted) fetched.add(name);
  }
}

async function missesLibraries(root: string, programs: readonly string[]): Promise<boolean> {
  const bin = join(root, 'usr', 'bin');
  const program = programs.find((name) => existsSync(join(bin, name)));
  if (program === undefined) return false;
  const { stdout } = await run('ldd', [join(bin, program)], { env: { ...process.env, ...libraryPath(root) } });
  return stdout.includes('not found');
}

/** The library packages that those fetched so far depend on; the C library is always the system's. */
async function dependencies(debs: string): Promise<string[]> {
  const fields = await Promise.all(
    readdirSync(debs).map((deb) => run('dpkg-deb', ['-f', join(debs, deb), 'Depends', 'Pre-Depends'])),
  );
  const names = fields.flatMap(({ stdout }) =>
    stdout.split(/[,|\n]/).map((part) => /(lib[a-z0-9.+-]+)/.exec(part)?.[1] ?? ''),
  );
  return names.filter((name) => name !== '' && name !== 'libc6');
}

/** Another process may have been faster: its tree is as good as ours. */
function settle(fresh: string, place: string): void {
  try {
    renameSync(fresh, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
  }
}

function reason(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr?.trim() || message).split('\n');
  return `apt says: ${lines.at(-1)?.replace(/^E: /, '')}`;
}
