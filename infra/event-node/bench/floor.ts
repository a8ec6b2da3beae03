import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Synced writes of 600 bytes a second, one after the other: what the machine's disk can do at best for one writer. */
export function syncedWrites(dir: string, seconds: number): number {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'floor');
  const handle = openSync(path, 'w');
  const bytes = Buffer.alloc(600, 1);
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  const start = performance.now();
  while (performance.now() < end) {
    writeSync(handle, bytes);
    fdatasyncSync(handle);
    count++;
  }
  const rate = count / ((performance.now() - start) / 1_000);
  closeSync(handle);
  rmSync(path);
  return rate;
}
