import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { connectEventLog } from '../adapters/event-log/event-log.ts';
import { createKeyStore } from '../adapters/key-store/key-store.ts';
import { openRootKey, rootKeyName } from '../adapters/key-store/root-key-file.ts';
import { connectDatabase, type Database } from '../adapters/postgres/database.ts';
import { kernelMigrations } from '../adapters/postgres/kernel-migrations.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import type { TenantDigest } from '../adapters/projector/digest.ts';
import { rebuildProjection } from '../adapters/projector/rebuild.ts';
import { projectionStatus, type ReadModelStatus } from '../adapters/projector/status.ts';
import { digestProjection, type Verification, verifyProjection } from '../adapters/projector/verify.ts';
import type { WorkshopDeps } from '../adapters/projector/workshop.ts';
import { root } from '../app.ts';
import type { Config } from '../config.ts';
import { createSealer } from '../kernel/crypto/sealer.ts';
import type { EventLog } from '../kernel/log.ts';
import type { PersonalData } from '../kernel/personal.ts';
import type { Projection } from '../kernel/projection.ts';
import { discover, type Registry } from '../kernel/registry.ts';
import { silent } from '../kernel/telemetry.ts';
import { type AuditTools, auditTools } from './audit-tools.ts';
import type { StoreUrls } from './parts.ts';

export type { TableSetStatus } from '../adapters/projector/status.ts';

/** The read models by name, whichever process runs them. */
export interface ProjectionTools {
  readonly names: readonly string[];
  status(): Promise<readonly ReadModelStatus[]>;
  rebuild(name: string): Promise<{ readonly generation: number; readonly position: bigint }>;
  verify(name: string): Promise<Verification>;
  /** What each tenant's rows come to, live and by a replay. */
  digests(name: string): Promise<readonly TenantDigest[]>;
}

/** What the command line works with, apart from a running process. */
export interface Tools {
  readonly log: EventLog;
  readonly owner: Database;
  readonly reader: Database;
  readonly registry: Registry;
  readonly projections: ProjectionTools;
  readonly audit: AuditTools;
  /** Redis' maxmemory-policy. */
  redisPolicy(): Promise<string>;
  close(): Promise<void>;
}

/**
 * @param config where the root key is, to show personal data in clear
 * @throws {StoreUnavailable} the database cannot be reached
 * @throws {RootKeyError} the root key is there and cannot be used
 */
export async function openTools(stores: StoreUrls, config?: Pick<Config, 'dataDir' | 'rootKeyFile'>): Promise<Tools> {
  const owner = connectDatabase(stores.databaseOwnerUrl, { name: 'keyledger tools' });
  const reader = connectDatabase(stores.databaseUrl, { name: 'keyledger tools' });
  const log = connectEventLog(stores.eventStoreUrl);
  const close = async (): Promise<void> => {
    await Promise.all([owner.close(), reader.close(), log.close()]);
  };
  try {
    await migrate(owner, reader.role, kernelMigrations);
    const registry = await discover(root);
    const deps = { log, owner, appRole: reader.role, telemetry: silent };
    const projections = projectionTools(deps, registry);
    const audit = auditTools({ ...deps, personal: personalOf(reader, config) }, (name) => projectionOf(registry, name));
    return { audit, close, log, owner, projections, reader, redisPolicy: () => policyOf(stores.redisUrl), registry };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Of an installation whose root key is here: none is made. */
function personalOf(reader: Database, config: Parameters<typeof openTools>[1]): PersonalData | undefined {
  if (config === undefined) return undefined;
  const { dataDir, rootKeyFile } = config;
  if (rootKeyFile === undefined && !existsSync(join(dataDir, rootKeyName))) return undefined;
  const rootKey = openRootKey({ file: rootKeyFile, dataDir });
  return createSealer({ keyStore: createKeyStore(reader), rootKey }).personal;
}

function projectionTools(deps: WorkshopDeps, registry: Registry): ProjectionTools {
  const all = registry.projections.map(({ value }) => value);
  const named = (name: string): Projection => projectionOf(registry, name);
  return {
    names: all.map(({ name }) => name),
    status: () => Promise.all(all.map((projection) => projectionStatus(deps, projection))),
    rebuild: (name) => rebuildProjection(deps, named(name)),
    verify: (name) => verifyProjection(deps, named(name)),
    digests: (name) => digestProjection(deps, named(name)),
  };
}

function projectionOf({ projections }: Registry, name: string): Projection {
  const found = projections.find(({ value }) => value.name === name);
  if (found === undefined) throw new TypeError(`There is no read model ${name}.`);
  return found.value;
}

async function policyOf(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const [, policy = 'unknown'] = (await client.config('GET', 'maxmemory-policy')) as string[];
    return policy;
  } finally {
    client.disconnect();
  }
}
