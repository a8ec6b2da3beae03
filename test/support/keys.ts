import { randomBytes } from 'node:crypto';
import { createKeyStore } from '../../src/adapters/key-store/key-store.ts';
import { connectDatabase, type Database } from '../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import type { KeyStore } from '../../src/kernel/crypto/key-store.ts';
import { type RootKey, softwareRootKey } from '../../src/kernel/crypto/root-key.ts';
import { sharedStores } from './stores.ts';

/** A database with the kernel's tables, seen by both roles; and what opens keys in it. */
export interface KeyFixture {
  readonly owner: Database;
  readonly app: Database;
  /** Under the role that serves requests. */
  readonly keyStore: KeyStore;
  readonly rootKey: RootKey;
  readonly url: string;
  close(): Promise<void>;
}

/** A key store on a fresh database. The caller closes it. */
export async function keyFixture(): Promise<KeyFixture> {
  const { ownerUrl, url } = await sharedStores().freshDatabase();
  const owner = connectDatabase(ownerUrl);
  const app = connectDatabase(url);
  await migrate(owner, app.role, kernelMigrations);
  return {
    owner,
    app,
    keyStore: createKeyStore(app),
    rootKey: softwareRootKey([randomBytes(32)]),
    url,
    close: async () => {
      await Promise.all([owner.close(), app.close()]);
    },
  };
}
