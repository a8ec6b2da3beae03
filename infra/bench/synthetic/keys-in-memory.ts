import type { KeyStore, WrappedKey } from '../../../src/kernel/crypto/key-store.ts';

/** Keeps wrapped keys in memory, so that what sealing takes is not what the database takes. */
export function keysInMemory(): KeyStore {
  const keys = new Map<string, WrappedKey>();
  return {
    put: async (key) => void keys.set(`${key.tenant}/${key.keyId}`, key),
    get: async (tenant, keyId) => keys.get(`${tenant}/${keyId}`),
    newest: async (tenant, kind) => [...keys.values()].findLast((key) => key.tenant === tenant && key.kind === kind),
    destroy: async (tenant, keyId) => void keys.delete(`${tenant}/${keyId}`),
    rewrap: async (key) => void keys.set(`${key.tenant}/${key.keyId}`, key),
    wrappedBy: async () => [],
  };
}
