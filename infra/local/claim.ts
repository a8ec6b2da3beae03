import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from './process-table.ts';

/** A directory of data that a living process holds already. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly pid: number;

  constructor(dir: string, pid: number) {
    super(`The data in ${dir} is in use by process ${pid}. Stop that one first, or choose another directory.`);
    this.pid = pid;
  }
}

type Holder = Readonly<{ pid: number; identity: string | undefined }>;

/**
 * Holds a directory for this process until the returned function is called. The claim of a process that is gone counts for nothing,
 * not even when its pid has been given to another. Throws `DirectoryInUse`.
 */
export function claimDirectory(dir: string): () => void {
  const path = join(dir, 'holder.json');
  const mine = join(dir, `holder-${randomUUID()}.json`);
  writeFileSync(mine, JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) }), { mode: 0o600 });
  try {
    while (!linked(mine, path)) {
      refuseLiving(dir, holderOf(path));
      setAside(dir, path, `${mine}.stale`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function refuseLiving(dir: string, holder: Holder | undefined): void {
  const lives = holder?.identity !== undefined && identityOf(holder.pid) === holder.identity;
  if (lives) throw new DirectoryInUse(dir, holder.pid);
}

/** Removes a stale claim, and nothing but that: another process may have put its own in its place since it was read. */
function setAside(dir: string, path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    refuseLiving(dir, holderOf(aside));
  } catch (error) {
    linked(aside, path);
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
