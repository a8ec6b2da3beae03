import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StoreUrls } from '../../src/app/parts.ts';

/** A `keyledger serve` in a process of its own. */
export interface Served {
  readonly url: string;
  readonly pid: number;
  readonly administrator: { readonly email: string; readonly password: string } | undefined;
  /** Everything it has written to standard output and standard error. */
  said(): string;
  end(signal: NodeJS.Signals): Promise<void>;
}

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Starts all roles on the stores, with what `env` says besides; resolves at the ready line. */
export async function serve(
  stores: StoreUrls,
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const child = spawn(process.execPath, [main, '--json', 'serve'], {
    env: {
      PATH: process.env['PATH'],
      EVENTSTORE_URL: stores.eventStoreUrl,
      DATABASE_URL: stores.databaseUrl,
      DATABASE_OWNER_URL: stores.databaseOwnerUrl,
      REDIS_URL: stores.redisUrl,
      KEYLEDGER_DATA_DIR: dataDir,
      LOG_LEVEL: 'debug',
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await new Promise<{ url: string; administrator?: { email: string; password: string } }>(
    (resolve, reject) => {
      void exited.then(() => reject(new Error(`keyledger serve ended: ${said}`)));
      readyLine(child, (line) => {
        said += `${line}\n`;
        if (line.includes('"msg":"ready"')) resolve(JSON.parse(line));
      });
    },
  );
  return {
    url: ready.url,
    pid: child.pid ?? 0,
    administrator: ready.administrator,
    said: () => said,
    end: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}

function readyLine(child: ChildProcess, take: (line: string) => void): void {
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', take);
}
