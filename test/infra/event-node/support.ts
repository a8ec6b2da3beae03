import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventStoreDBClient, type JSONEventData, jsonEvent } from '@eventstore/db-client';
import { writeCertificate } from './certificate.ts';

const program = join(import.meta.dirname, '../../../infra/event-node/main.js');

/** A node in a process of its own. */
export interface NodeProcess {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs the node's program to its end. */
export function runNode(...args: readonly string[]): {
  readonly status: number | null;
  readonly stderr: string;
  readonly stdout: string;
} {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 15_000 });
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
  /** Another client of the same server. */
  connect(): EventStoreDBClient;
  stop(): Promise<void>;
}

export async function startServer(): Promise<Server> {
  const given = givenUrl();
  if (given !== undefined) return connected(given, async () => undefined);
  const dir = temporaryDirectory();
  const node = await startNodeProcess(dir.path);
  return connected(node.url, async () => {
    await node.stop();
    dir.remove();
  });
}

/** Users of a node that `startSecureNode` starts, and their passwords. */
export const users = {
  admin: { password: 'changeit', groups: ['$admins'] },
  alice: { password: 'al:ice', groups: ['readers'] },
  bob: { password: 'b0b' },
} as const;

/** A node with TLS and users. */
export async function startSecureNode(): Promise<NodeProcess & { urlOf(credentials: string): string }> {
  const dir = temporaryDirectory();
  const { certFile, keyFile } = writeCertificate(dir.path);
  const usersFile = join(dir.path, 'users.json');
  writeFileSync(usersFile, JSON.stringify(users));
  const tls = ['--tls-cert', certFile, '--tls-key', keyFile, '--users', usersFile];
  const node = await startNodeProcess(join(dir.path, 'data'), tls);
  return {
    ...node,
    urlOf: (credentials) =>
      `esdb://${credentials}${credentials === '' ? '' : '@'}localhost:${node.port}?tls=true&tlsCAFile=${certFile}`,
    stop: async (signal) => {
      const status = await node.stop(signal);
      dir.remove();
      return status;
    },
  };
}

/** A server that knows its callers, and a URL of it without credentials; undefined where the one given knows none. */
export async function startSecureServer(): Promise<(Server & { readonly anonymousUrl: string }) | undefined> {
  const given = givenUrl();
  if (given === undefined) {
    const node = await startSecureNode();
    const server = connected(node.urlOf('admin:changeit'), async () => void (await node.stop()));
    return { ...server, anonymousUrl: node.urlOf('') };
  }
  const anonymousUrl = given.replace(/\/\/[^@/]*@/, '//');
  if (given.includes('tls=false') || anonymousUrl === given) return undefined;
  return { ...connected(given, async () => undefined), anonymousUrl };
}

function givenUrl(): string | undefined {
  const given = process.env['EVENTSTORE_URL'];
  return given === '' ? undefined : given;
}

function connected(url: string, stop: () => Promise<void>): Server {
  const connect = (): EventStoreDBClient => EventStoreDBClient.connectionString(url);
  const client = connect();
  return {
    url,
    client,
    connect,
    stop: async () => {
      await client.dispose();
      await stop();
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
