import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guardProcess } from '../../local/guard.ts';
import type { Order } from '../preload/points.ts';

/** One of our own programs, in a process of its own, with the preload. */
export interface Program {
  readonly pid: number;
  /** The first line it said that tells it is ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly exited: Promise<void>;
  running(): boolean;
  /** Gives an order to the preload; false where the process is gone. */
  tell(order: Order): Promise<boolean>;
  /** What it has written to standard error, the last of it. */
  lastWords(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const preload = new URL('../preload/main.js', import.meta.url).href;

/** A program did not come to the point where it is ready. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/**
 * Starts a compiled program of this checkout.
 *
 * @param file from the checkout's compiled root
 * @throws {NotStarted}
 */
export async function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const main = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', preload, main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const exited = once(child, 'exit').then(() => undefined);
  const release = guardProcess(child.pid ?? 0, [['SIGKILL', 1_000]]);
  void exited.then(release);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const ready = await Promise.race([readyLine(child), exited]);
  if (ready === undefined) throw new NotStarted(`${file} ${args.join(' ')} ended before it was ready:\n${said}`);
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    running,
    lastWords: () => said,
    tell: (order) => tell(child, order, exited),
    kill: async (signal) => {
      if (running()) process.kill(child.pid ?? 0, signal);
      await exited;
    },
  };
}

async function tell(child: ChildProcess, order: Order, exited: Promise<void>): Promise<boolean> {
  if (!child.connected) return false;
  const told = once(child, 'message').then(() => true);
  child.send(order, () => undefined);
  return Promise.race([told, exited.then(() => false)]);
}

function readyLine(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as Readonly<Record<string, unknown>>);
    });
  });
}
