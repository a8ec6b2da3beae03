import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../local/root.ts';
import { Usage } from './usage.ts';

/** Where the peers' own package file stands, and their programs. */
export const peersDir = join(repositoryRoot, 'infra', 'bench');

type Packages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;

/**
 * Installs what we are measured against, where it is not there yet in the versions of its lock.
 *
 * @throws {Usage} it cannot be installed
 */
export function requirePeers(say: (text: string) => void): void {
  if (missing().length === 0) return;
  say('installing the peers into infra/bench, once, some 25 MB');
  const { error, status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: peersDir,
    encoding: 'utf8',
  });
  const left = missing();
  if (status === 0 && left.length === 0) return;
  const said = /^npm error (?!code|syscall|errno)(.*)$/m.exec(stderr)?.[1] ?? error?.message ?? `status ${status}`;
  throw new Usage(
    `${left.length} packages of the peers are missing, such as ${left[0]}, and cannot be installed (npm says: ${said}): run "npm ci" in infra/bench where the registry can be reached, or choose rows that need no peer, which --list tells.`,
  );
}

/** The versions of the packages we are measured against, by their lock. */
export function peerVersions(): Readonly<Record<string, string>> {
  const asked = packagesOf('package-lock.json')?.[''] as { dependencies?: Record<string, string> } | undefined;
  const locked = packagesOf('package-lock.json') ?? {};
  const names = Object.keys(asked?.dependencies ?? {});
  return Object.fromEntries(names.map((name) => [name, locked[`node_modules/${name}`]?.version ?? 'unknown']));
}

function missing(): readonly string[] {
  const have = packagesOf('node_modules/.package-lock.json') ?? {};
  return Object.entries(packagesOf('package-lock.json') ?? {})
    .filter(([path, { optional, version }]) => path !== '' && !optional && have[path]?.version !== version)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`);
}

function packagesOf(file: string): Packages | undefined {
  const path = join(peersDir, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { packages: Packages }).packages : undefined;
}
