import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventStoreDBClient } from '@eventstore/db-client';

/** The node under measurement, in a process of its own, and a client of it. */
export interface Running {
  readonly client: EventStoreDBClient;
  readonly pid: number;
  /** Milliseconds from spawning the process to its ready line. */
  readonly startedMs: number;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '../main.js');

/** Starts the node on a directory. */
export async function start(dir: string): Promise<Running> {
  const began = performance.now();
  const child = spawn(process.execPath, [program, '--dir', dir, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const startedMs = performance.now() - began;
  const client = EventStoreDBClient.connectionString((JSON.parse(line) as { url: string }).url);
  return {
    client,
    pid: child.pid ?? 0,
    startedMs,
    stop: async () => {
      await client.dispose();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Memory of the process in MiB. Pages of the mapped file are the system's cache, not the node's memory. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}
