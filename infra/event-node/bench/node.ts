import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventStoreDBClient } from '@eventstore/db-client';

/** The node under measurement, in a process of its own, and a client of it. */
export interface Running {
  readonly client: EventStoreDBClient;
  /** Milliseconds from spawning the process to its ready line. */
  readonly startedMs: number;
  /** Memory of the process in MiB. Pages of the mapped file are the system's cache, not the node's memory. */
  residentMiB(): number;
  /** What the last full garbage collection left, in MiB; 0 before the first. */
  liveHeapMiB(): number;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '../main.js');

/** Starts the node on a directory. */
export async function start(dir: string): Promise<Running> {
  const began = performance.now();
  const flags = ['--trace-gc', '--trace-gc-ignore-scavenger'];
  const child = spawn(process.execPath, [...flags, program, '--dir', dir, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let live = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    live = Number(/Mark-Compact.*-> ([\d.]+) \(/.exec(line)?.[1] ?? live);
  });
  const url = await new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{"msg":"ready"')) resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  const startedMs = performance.now() - began;
  const client = EventStoreDBClient.connectionString(url);
  return {
    client,
    startedMs,
    residentMiB: () => residentMiB(child.pid ?? 0),
    liveHeapMiB: () => live,
    stop: async () => {
      await client.dispose();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}
