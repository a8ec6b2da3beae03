import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventStoreDBClient, type JSONEventData, jsonEvent } from '@eventstore/db-client';

const program = join(import.meta.dirname, '../../../infra/event-node/main.js');

/** A node in a process of its own. */
export interface NodeProcess {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a node on a directory; `extra` are more options. */
export async function startNodeProcess(
  dir: string,
  extra: readonly string[] = [],
  limits: { readonly fileBlocks?: number } = {},
): Promise<NodeProcess> {
  const command = [process.execPath, program, '--dir', dir, '--port', '0', '--json', ...extra];
  // A limit on the size of files, in blocks of 1 KiB; `trap` makes reaching it an error instead of a signal.
  const limited = ['bash', '-c', `trap '' XFSZ; ulimit -f ${limits.fileBlocks ?? 0}; exec "$@"`, 'node', ...command];
  const [file = '', ...args] = limits.fileBlocks === undefined ? command : limited;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<{ url: string; port: number }>((resolve) => {
    lines.on('line', (line) => {
      const message = JSON.parse(line) as { msg: string; url: string; port: number };
      if (message.msg === 'ready') resolve(message);
    });
  });
  const first = await Promise.race([ready, exited]);
  if (Array.isArray(first)) throw new Error(errors.trim());
  return {
    ...first,
    child,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await exited;
      }
      return child.exitCode;
    },
  };
}

/** A temporary directory and its removal. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'keyledger-node-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The server the contract is held against: `EVENTSTORE_URL`, or a node of the suite's own. */
export interface Server {
  readonly url: string;
  readonly client: EventStoreDBClient;
  stop(): Promise<void>;
}

export async function startServer(): Promise<Server> {
  const given = process.env['EVENTSTORE_URL'];
  if (given !== undefined && given !== '') {
    const client = EventStoreDBClient.connectionString(given);
    return { url: given, client, stop: () => client.dispose() };
  }
  const dir = temporaryDirectory();
  const node = await startNodeProcess(dir.path);
  const client = EventStoreDBClient.connectionString(node.url);
  return {
    url: node.url,
    client,
    stop: async () => {
      await client.dispose();
      await node.stop();
      dir.remove();
    },
  };
}

/** A stream nobody else uses. */
export function freshStream(prefix = 'contract'): string {
  return `${prefix}-${randomUUID()}`;
}

/** Events numbered from `from` on. */
export function numbered(count: number, from = 0, type = 'Counted'): JSONEventData[] {
  return Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { n: from + index } }));
}

/** All of an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The error a promise is rejected with; fails where it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('nothing was refused');
}
