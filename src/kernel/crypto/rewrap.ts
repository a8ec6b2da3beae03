import { openBytes, sealBytes } from './aead.ts';
import type { WrappedKey } from './key-store.ts';
import { type KeyHierarchy, type TenantKeys, tenantKeyId, wrapContext } from './tenant-keys.ts';

const batchSize = 200;

/** Wraps a tenant's data keys anew under its newest key-encryption key. @returns how many */
export async function rewrapDataKeys(
  { keyStore }: KeyHierarchy,
  tenantKeys: TenantKeys,
  tenant: string,
): Promise<number> {
  tenantKeys.forget(tenant);
  const newest = await tenantKeys.newest(tenant, 'kek');
  let count = 0;
  for (let generation = 1; generation < newest.generation; generation++) {
    const old = tenantKeyId(tenant, 'kek', generation);
    count += await drain(
      () => keyStore.wrappedBy(old, batchSize, tenant),
      async (kept) => {
        const kek = await tenantKeys.byId(tenant, 'kek', kept.wrappedBy);
        const bytes = openBytes(kek.key, wrapContext(kept), kept.wrapped);
        const place = { ...kept, wrappedBy: newest.keyId };
        await keyStore.rewrap({ ...place, wrapped: sealBytes(newest.key, wrapContext(place), bytes) });
        bytes.fill(0);
      },
    );
  }
  return count;
}

/** Wraps all tenants' own keys anew under the newest root key. @returns how many */
export async function rewrapTenantKeys({ keyStore, rootKey }: KeyHierarchy): Promise<number> {
  const [newest, ...older] = rootKey.ids;
  let count = 0;
  for (const old of older) {
    count += await drain(
      () => keyStore.wrappedBy(old, batchSize),
      async (kept) => {
        const bytes = await rootKey.unwrap(kept.wrappedBy, wrapContext(kept), kept.wrapped);
        const place = { ...kept, wrappedBy: newest };
        await keyStore.rewrap({ ...place, wrapped: await rootKey.wrap(wrapContext(place), bytes) });
        bytes.fill(0);
      },
    );
  }
  return count;
}

/** Each batch leaves the list as it is done, so the list is asked until it is empty. */
async function drain(
  next: () => Promise<readonly WrappedKey[]>,
  rewrap: (key: WrappedKey) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (;;) {
    const keys = await next();
    if (keys.length === 0) return count;
    for (const key of keys) await rewrap(key);
    count += keys.length;
  }
}
