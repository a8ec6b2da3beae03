import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** Each line of standard output, read as JSON. */
  readonly lines: readonly Record<string, unknown>[];
}

type Environment = Readonly<Record<string, string>>;

const environment = (env: Environment): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], PORT: '0', ...env });

/** Runs the command to its end, with `--json`. */
export async function keyledger(args: readonly string[], env: Environment): Promise<Ended> {
  const child = spawn(process.execPath, [main, '--json', ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    parts.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    parts.err += chunk.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  const lines = parts.out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  return { status, ...parts, lines };
}

export interface Up {
  readonly url: string;
  readonly docs: string;
  readonly probesUrl: string;
  readonly administrator: { readonly email: string; readonly password: string } | undefined;
  /** Sends the signal and resolves with the exit status. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `keyledger up`, or another command that stays, and resolves at its ready line. */
export async function keyledgerUp(env: Environment, args: readonly string[] = ['up']): Promise<Up> {
  const child = spawn(process.execPath, [main, '--json', ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ready = await new Promise<Omit<Up, 'end'>>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line));
    });
    void closed.then(([status]) => reject(new Error(`keyledger ${args.join(' ')} ended with ${status}: ${err}`)));
  });
  return {
    ...ready,
    end: async (signal) => {
      child.kill(signal);
      const [status] = await closed;
      return status;
    },
  };
}
