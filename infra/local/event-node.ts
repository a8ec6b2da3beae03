import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Child, endLeftover, startChild } from './child.ts';
import { claimDirectory } from './claim.ts';
import type { Step } from './process-table.ts';
import { type RunningStore, StoreFailed, type StoreOptions } from './store.ts';

const ending: readonly Step[] = [
  ['SIGTERM', 10_000],
  ['SIGKILL', 2_000],
];

type Ready = Readonly<{ port: number; url: string }>;

/**
 * Starts the embedded event node on the data in `dir`, in a process of its own. What a killed parent left running there is ended first.
 * Throws `DirectoryInUse` or `StoreFailed`.
 */
export async function startEventNode({ dir, port = 0, log = () => undefined }: StoreOptions): Promise<RunningStore> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const release = claimDirectory(dir);
  try {
    if (await endLeftover({ name: 'event-node', dir, ending }))
      log('ended an event node that an earlier run left behind');
    const child = await startChild({
      name: 'event-node',
      dir,
      command: process.execPath,
      args: ['--enable-source-maps', main(), '--dir', join(dir, 'log'), '--port', String(port), '--json'],
      ending,
      readsOutput: true,
    });
    const ready = await readyLine(child, dir);
    return {
      name: 'event node',
      ...ready,
      pid: child.pid,
      exited: child.exited,
      stop: () => child.stop().finally(release),
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Beside this file: among the sources as among the compiled files. */
function main(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../event-node/main.${extension}`, import.meta.url));
}

/** Reads the node's lines to the end, so that it never waits for a reader; the first that says ready counts. */
async function readyLine(child: Child, dir: string): Promise<Ready> {
  const { stdout } = child.process;
  if (stdout === null) throw new StoreFailed('The event node has no output to read.');
  const lines = createInterface({ input: stdout });
  const ready = new Promise<Ready>((resolve) => {
    lines.on('line', (line) => {
      const said = parsed(line);
      if (said.msg === 'ready' && said.port !== undefined && said.url !== undefined)
        resolve({ port: said.port, url: said.url });
    });
  });
  const outcome = await Promise.race([ready, child.exited.then(() => undefined), after(60_000)]);
  if (outcome !== undefined) return outcome;
  await child.stop();
  throw new StoreFailed(
    `The event node did not start in ${dir}:\n${child.lastWords() || 'it did not say it was ready'}`,
  );
}

const after = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref();
  });

function parsed(line: string): { msg?: string; port?: number; url?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
