import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Strace } from './strace.ts';

/** A call of the node to its disk that the kernel is made to refuse. */
export interface Refusal {
  readonly call: 'pwrite64' | 'writev' | 'fdatasync';
  readonly error: 'EIO' | 'ENOSPC' | 'EROFS';
  /** Which one, from 1 on. */
  readonly at: number;
  /** All that follow too. */
  readonly forEver: boolean;
}

/** The event node's program under strace, which refuses some of its calls. */
export class InjectedNode {
  /** Undefined where it ended before it was ready. */
  readonly url: string | undefined;
  readonly exited: Promise<number | null>;
  readonly #pid: number;
  readonly #child: ChildProcess;
  readonly #calls: string;
  readonly #errors: () => string;

  private constructor(
    child: ChildProcess,
    ready: { readonly pid: number; readonly url: string } | undefined,
    about: { readonly calls: string; readonly exited: Promise<number | null>; readonly errors: () => string },
  ) {
    this.#child = child;
    this.#pid = ready?.pid ?? 0;
    this.url = ready?.url;
    this.#calls = about.calls;
    this.exited = about.exited;
    this.#errors = about.errors;
  }

  static async start({ command, env }: Strace, dir: string, refusal: Refusal): Promise<InjectedNode> {
    const { at, call, error, forEver } = refusal;
    const calls = `${dir}.calls`;
    const program = join(import.meta.dirname, `../../event-node/main${extname(import.meta.filename)}`);
    const inject = `inject=${call}:error=${error}:when=${at}${forEver ? '+' : ''}`;
    const watched = ['events.lmdb', 'events.lmdb.new'].flatMap((name) => ['-P', join(dir, name)]);
    const options = ['-f', '-s', '0', '-o', calls, '-e', `trace=${call}`, ...watched, '-e', inject];
    const node = [process.execPath, program, '--dir', dir, '--port', '0', '--json'];
    const child = spawn(command, [...options, ...node], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const exited = once(child, 'close').then(([code]) => code as number | null);
    const ready = await Promise.race([readyLine(child), exited.then(() => undefined)]);
    return new InjectedNode(child, ready, { calls, exited, errors: () => errors });
  }

  /** Whether the refusal has taken place. */
  get refused(): boolean {
    return readFileSync(this.#calls, 'latin1').includes('(INJECTED)');
  }

  /** The last line on standard error, which is for people; LMDB writes there too. */
  get lastWords(): string {
    return this.#errors().trim().split('\n').at(-1) ?? '';
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** @returns its status */
  async stop(): Promise<number | null> {
    if (!this.hasEnded && this.#pid > 0) process.kill(this.#pid, 'SIGTERM');
    return this.exited;
  }
}

async function readyLine({
  stdout,
}: ChildProcess): Promise<{ readonly pid: number; readonly url: string } | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) {
    const said = JSON.parse(line) as { readonly msg: string; readonly pid: number; readonly url: string };
    if (said.msg === 'ready') {
      stdout.resume();
      return said;
    }
  }
  return new Promise(() => undefined);
}
