import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { v5 as uuidOf } from 'uuid';
import type { Clock } from '../ports.ts';
import { lengthPrefixed } from './aead.ts';
import { KeyDestroyed, KeyExists, KeyUnknown } from './key-errors.ts';
import type { KeyStore, WrappedKey } from './key-store.ts';
import type { RootKey } from './root-key.ts';

export interface KeyHierarchy {
  readonly keyStore: KeyStore;
  readonly rootKey: RootKey;
  readonly clock?: Clock;
}

/** A tenant's own key, unwrapped. */
export interface TenantKey {
  readonly keyId: string;
  readonly generation: number;
  readonly key: KeyObject;
}

export type TenantKeyKind = 'kek' | 'mac';

/** How long another process's rotation or destruction of a tenant's key may go unseen, in milliseconds. */
const staleAfterMs = 60_000;
const cachedTenants = 2_000;

/** Names of one tenant begin alike, and no other tenant's do. */
const cacheName = (...parts: readonly string[]): string => parts.map((part) => `${JSON.stringify(part)},`).join('');

/** Binds a wrapped key to its place: to another tenant, kind, id or wrapping key the same bytes are of no use. */
export function wrapContext(key: Pick<WrappedKey, 'tenant' | 'kind' | 'keyId' | 'wrappedBy'>): Buffer {
  return lengthPrefixed(['keyledger key wrap v1', key.tenant, key.kind, key.keyId, key.wrappedBy]);
}

const idSpace = '0f3c2c63-5d0b-4f2e-9a3b-7f6d1c0e4b8a';

/** A tenant's key of a generation has a known id, so that two processes cannot both make it. */
export function tenantKeyId(tenant: string, kind: TenantKeyKind, generation: number): string {
  return uuidOf(lengthPrefixed([tenant, kind, generation]), idSpace);
}

/** The keys tenants have of their own, wrapped by the root key: made at first use, unwrapped once in a while. */
export class TenantKeys {
  readonly #keyStore: KeyStore;
  readonly #rootKey: RootKey;
  // Promises, so that requests that come together ask the store once.
  readonly #cache: LRUCache<string, Promise<TenantKey>>;

  constructor({ keyStore, rootKey, clock = Date }: KeyHierarchy) {
    this.#keyStore = keyStore;
    this.#rootKey = rootKey;
    this.#cache = new LRUCache({
      max: cachedTenants,
      ttl: staleAfterMs,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
    });
  }

  /** The key to use now; the first use makes it. @throws {KeyDestroyed} the tenant's keys were destroyed */
  newest(tenant: string, kind: TenantKeyKind): Promise<TenantKey> {
    return this.#cached(cacheName(tenant, kind), async () => {
      const kept = await this.#keyStore.newest(tenant, kind);
      return kept === undefined ? this.#make(tenant, kind, 1) : this.#unwrapped(kept);
    });
  }

  /** An older key that still wraps something. @throws {KeyDestroyed, KeyUnknown} */
  byId(tenant: string, kind: TenantKeyKind, keyId: string): Promise<TenantKey> {
    return this.#cached(cacheName(tenant, kind, keyId), async () => {
      const kept = await this.#keyStore.get(tenant, keyId);
      if (kept === 'destroyed') throw new KeyDestroyed(`the ${kind} key ${keyId} was destroyed`);
      if (kept?.kind !== kind) throw new KeyUnknown(`there is no ${kind} key ${keyId}`);
      return this.#unwrapped(kept);
    });
  }

  /** Makes the next generation, which is used from now on here and within a minute elsewhere. */
  async rotate(tenant: string, kind: TenantKeyKind): Promise<TenantKey> {
    this.forget(tenant);
    const current = await this.newest(tenant, kind);
    const next = await this.#make(tenant, kind, current.generation + 1);
    this.forget(tenant);
    return next;
  }

  /** Asks the store anew at the next use. */
  forget(tenant: string): void {
    const start = cacheName(tenant);
    for (const name of [...this.#cache.keys()]) if (name.startsWith(start)) this.#cache.delete(name);
  }

  #cached(name: string, load: () => Promise<TenantKey>): Promise<TenantKey> {
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const loading = load();
    this.#cache.set(name, loading);
    loading.catch(() => {
      if (this.#cache.peek(name) === loading) this.#cache.delete(name);
    });
    return loading;
  }

  async #make(tenant: string, kind: TenantKeyKind, generation: number): Promise<TenantKey> {
    const bytes = randomBytes(32);
    const keyId = tenantKeyId(tenant, kind, generation);
    const place = { tenant, kind, keyId, wrappedBy: this.#rootKey.ids[0] };
    const wrapped = await this.#rootKey.wrap(wrapContext(place), bytes);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    try {
      await this.#keyStore.put({ ...place, generation, wrapped });
      return { keyId, generation, key };
    } catch (error) {
      if (!(error instanceof KeyExists)) throw error;
      return this.#madeElsewhere(tenant, kind);
    }
  }

  /** Another process was first: its key is the one. Where there is none to see, all of the tenant's keys were destroyed. */
  async #madeElsewhere(tenant: string, kind: TenantKeyKind): Promise<TenantKey> {
    const kept = await this.#keyStore.newest(tenant, kind);
    if (kept === undefined) throw new KeyDestroyed(`the ${kind} keys of the tenant were destroyed`);
    return this.#unwrapped(kept);
  }

  async #unwrapped(kept: WrappedKey): Promise<TenantKey> {
    const bytes = await this.#rootKey.unwrap(kept.wrappedBy, wrapContext(kept), kept.wrapped);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return { keyId: kept.keyId, generation: kept.generation ?? 1, key };
  }
}
