import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Installation } from './kit.ts';

export interface Child {
  readonly pid: number;
  /** Ends it without a word. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Starts another process of the installation, and waits until it works. */
export async function startProcess(installation: Installation): Promise<Child> {
  const program = fileURLToPath(new URL('process.js', import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', program, JSON.stringify(installation)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const ready = once(child.stdout, 'data');
  await Promise.race([
    ready,
    exited.then(() => {
      throw new Error('the process ended before it was ready');
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Ends what a failed test left behind. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
