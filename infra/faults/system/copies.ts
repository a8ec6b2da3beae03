import { execFile } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeData } from './launch.ts';

/** A store of which an older copy can be restored. */
export type CopiedStore = 'node' | 'postgres';

/** Copies the data of a store that does not run, for a later `restore`. A copy made before is replaced. */
export async function copy(dir: string, store: CopiedStore): Promise<void> {
  const { data, kept } = places(dir, store);
  rmSync(kept, { recursive: true, force: true });
  // With owners and rights, as PostgreSQL wants them.
  await promisify(execFile)('cp', ['-a', data, kept]);
}

/** Puts the copied data in the place of a store's that does not run. What stood there becomes the copy. */
export function restore(dir: string, store: CopiedStore): void {
  const { data, kept } = places(dir, store);
  renameSync(data, `${data}.aside`);
  renameSync(kept, data);
  renameSync(`${data}.aside`, kept);
}

function places(dir: string, store: CopiedStore): { readonly data: string; readonly kept: string } {
  const data = store === 'node' ? nodeData(dir) : join(dir, 'postgres', 'cluster');
  return { data, kept: `${data}.copy` };
}
