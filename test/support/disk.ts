import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEventNode } from '../../infra/local/event-node.ts';
import type { RunningStore } from '../../infra/local/store.ts';

/** Milliseconds for which a node that has seen a lot of room does not look again, and some more. */
const believedMs = 200;

/** An event node whose disk can be full: it goes on reading, and takes nothing. */
export interface NodeOnDisk extends RunningStore {
  /** Resolves when the node has to notice. */
  fill(): Promise<void>;
  free(): void;
}

/** Starts a node that hears of a disk without room for as long as a file in its directory says so. */
export async function startNodeOnDisk(dir: string): Promise<NodeOnDisk> {
  const full = join(dir, 'full');
  const code = `import fs, { existsSync } from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    const told = fs.statfsSync;
    fs.statfsSync = (...of) => ({ ...told(...of), ...(existsSync(${JSON.stringify(full)}) && { bavail: 0 }) });
    syncBuiltinESMExports();`;
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(code)}`;
  try {
    const node = await startEventNode({ dir });
    const fill = async (): Promise<void> => {
      writeFileSync(full, '');
      await sleep(believedMs);
    };
    return { ...node, fill, free: () => rmSync(full, { force: true }) };
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
    if (existsSync(full)) rmSync(full);
  }
}
