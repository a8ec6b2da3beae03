import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../local/root.ts';

/** The product as its user starts it, with stores of its own. */
export interface Instance {
  readonly url: string;
  /** Of the process that serves; the stores are its children. */
  readonly pid: number;
  /** Milliseconds from spawning the process to its ready line. */
  readonly startedMs: number;
  readonly stores: Readonly<Record<'eventStoreUrl' | 'databaseUrl' | 'databaseOwnerUrl' | 'redisUrl', string>>;
  /** Shown at the first start on a directory. */
  readonly administrator: Login | undefined;
  stop(): Promise<void>;
}

export interface Login {
  readonly email: string;
  readonly password: string;
}

interface Ready {
  readonly url: string;
  readonly administrator?: Login;
}

const main = join(repositoryRoot, 'dist/src/cli/main.js');

/**
 * Starts `keyledger up` on a data directory, with the flags of `npm start`. `NODE_FLAGS` of the environment goes to its process, for `--cpu-prof`.
 *
 * @throws {Error} it ended before it was ready, with what it said
 */
export async function startInstance(dataDir: string): Promise<Instance> {
  const began = performance.now();
  const flags = process.env['NODE_FLAGS']?.split(' ') ?? [];
  const child = spawn(process.execPath, ['--max-semi-space-size=8', ...flags, main, '--json', 'up'], {
    env: { PATH: process.env['PATH'], KEYLEDGER_DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4_000);
  });
  const exited = once(child, 'exit');
  const ready = await new Promise<Ready>((resolve, reject) => {
    void exited.then(() => reject(new Error(`keyledger up ended before it was ready:\n${said}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as Ready);
    });
  });
  const startedMs = performance.now() - began;
  const { stores } = JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8')) as Pick<Instance, 'stores'>;
  return {
    url: ready.url,
    pid: child.pid ?? 0,
    startedMs,
    stores,
    administrator: ready.administrator,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Headers of a caller that may do everything, as often as it wants: its plan's rate is raised to what the product takes. */
export async function unlimited(url: string, login: Login | undefined): Promise<Readonly<Record<string, string>>> {
  if (login === undefined) throw new Error('This measure needs an installation that starts for the first time.');
  const { accessToken } = await ask(url, 'POST', '/auth/login', {
    body: { email: login.email, password: login.password },
  });
  const headers = { authorization: `Bearer ${accessToken}` };
  const terms = { name: 'Enterprise', monthlyPriceCents: 490_000, entitlements: ['*'], quotas: {} };
  await ask(url, 'PUT', '/tenant/v1/plans/enterprise', { headers, body: { ...terms, ratePerMinute: 1_000_000 } });
  return headers;
}

/** One request. @throws {Error} an answer that is no success */
export async function ask(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> },
): Promise<Record<string, unknown>> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
