import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStores } from '../../infra/local/stores.ts';
import type { StoreUrls } from '../app/parts.ts';
import type { Config } from '../config.ts';
import { CommandFailed } from './output.ts';

/** What a running instance leaves beside its data, for its owner's other commands. */
export interface Instance {
  readonly pid: number;
  readonly url: string;
  readonly stores: StoreUrls;
}

const path = (dataDir: string): string => join(dataDir, 'instance.json');

/** Tells where this instance is; readable by its owner alone, since the stores' passwords are in it. */
export function announce(dataDir: string, instance: Instance): () => void {
  writeFileSync(path(dataDir), `${JSON.stringify(instance)}\n`, { mode: 0o600 });
  return () => rmSync(path(dataDir), { force: true });
}

/** The instance that runs on the data, if one does. */
export function runningInstance(dataDir: string): Instance | undefined {
  if (!existsSync(path(dataDir))) return undefined;
  const instance = JSON.parse(readFileSync(path(dataDir), 'utf8')) as Instance;
  return isAlive(instance.pid) ? instance : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A directory without data: a command that looks at data makes none. */
export class NoData extends CommandFailed {}

/** Stores a command works on, and how to let go of them. */
export interface HeldStores {
  readonly urls: StoreUrls;
  release(): Promise<void>;
}

/** The stores of the configuration, else of the instance that runs on the data, else embedded ones started for this command, where there is data already. @throws {NoData} */
export async function holdStores(config: Config, progress: (line: string) => void): Promise<HeldStores> {
  const { databaseOwnerUrl, databaseUrl, eventStoreUrl, redisUrl } = config;
  const running = runningInstance(config.dataDir)?.stores;
  if (running !== undefined) {
    const urls: StoreUrls = {
      eventStoreUrl: eventStoreUrl ?? running.eventStoreUrl,
      databaseUrl: databaseUrl ?? running.databaseUrl,
      databaseOwnerUrl: databaseOwnerUrl ?? running.databaseOwnerUrl,
      redisUrl: redisUrl ?? running.redisUrl,
    };
    return { urls, release: async () => undefined };
  }
  if (!existsSync(join(config.dataDir, 'events')) && eventStoreUrl === undefined) {
    throw new NoData(
      `There is no data of Keyledger in ${config.dataDir}: say by KEYLEDGER_DATA_DIR where it is, or give the stores' URLs.`,
    );
  }
  const stores = await startStores({ dir: config.dataDir, given: config, log: progress });
  return { urls: stores, release: () => stores.stop() };
}
