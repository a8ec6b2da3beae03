import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreUrls } from '../../../src/app/parts.ts';
import { type Program, startProgram } from './program.ts';

/** Starts of the same program again and again need not compile it each time. */
const compiled = (dir: string): Readonly<Record<string, string>> => ({ NODE_COMPILE_CACHE: join(dir, 'compiled') });

/** Where the event node's data is, below the directory of a system. */
export const nodeData = (dir: string): string => join(dir, 'events');

export const nodeUrl = (port: number): string => `esdb://127.0.0.1:${port}?tls=false`;

/** The same URL at another port. */
export function atPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

/** Starts the event node. @throws {NotStarted} */
export function launchNode(dir: string, port: number): Promise<Program> {
  const data = nodeData(dir);
  mkdirSync(data, { recursive: true });
  const args = ['--dir', data, '--port', String(port), '--json'];
  return startProgram('infra/event-node/main.js', args, { FAULT_PART: 'node', ...compiled(dir) });
}

/** Starts a process of one role; schedules run where workers do. @throws {NotStarted} */
export function launchRole(
  part: 'api' | 'projector' | 'worker',
  { dir, port, stores }: { readonly dir: string; readonly port: number; readonly stores: StoreUrls },
): Promise<Program> {
  const roles = part === 'worker' ? 'worker,scheduler' : part;
  return startProgram('src/cli/main.js', ['--json', 'serve', '--roles', roles], {
    ...compiled(dir),
    FAULT_PART: part,
    EVENTSTORE_URL: stores.eventStoreUrl,
    DATABASE_URL: stores.databaseUrl,
    DATABASE_OWNER_URL: stores.databaseOwnerUrl,
    REDIS_URL: stores.redisUrl,
    KEYLEDGER_DATA_DIR: join(dir, 'data'),
    KEYLEDGER_TRUSTED_PROXIES: 'loopback',
    KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8',
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'json',
    PORT: String(port),
  });
}
