/** A key under another: what is kept of it outside the log. */
export interface WrappedKey {
  readonly tenant: string;
  /** UUID */
  readonly keyId: string;
  /** `kek`: a tenant's key-encryption key, wrapped by the root key; `data`: wrapped by the tenant's; `mac`: wrapped by the root key. */
  readonly kind: 'kek' | 'data' | 'mac';
  /** 1 for a tenant's first `kek` or `mac` key, one more at each rotation; absent for data keys. */
  readonly generation?: number;
  /** Id of the key it is wrapped by. */
  readonly wrappedBy: string;
  /** Nonce, ciphertext and tag. */
  readonly wrapped: Buffer;
}

/** Where wrapped keys live: apart from the log, so that a key can be destroyed while its fact stays. */
export interface KeyStore {
  /** Durable before it resolves; keys put at the same time share one commit. @throws {KeyExists} the tenant has a key of this id */
  put(key: WrappedKey): Promise<void>;
  /** `undefined` where there never was one, 'destroyed' where it, or the tenant's key it is wrapped by, was shredded. */
  get(tenant: string, keyId: string): Promise<WrappedKey | 'destroyed' | undefined>;
  /** A tenant's newest key of a kind that is not destroyed; undefined where there is none. */
  newest(tenant: string, kind: 'kek' | 'mac'): Promise<WrappedKey | undefined>;
  /** Overwrites the wrapped bytes and marks the key destroyed, durably. Destroying one that is gone already succeeds. */
  destroy(tenant: string, keyId: string): Promise<void>;
  /** Replaces the wrapping of a key, not the key. Does nothing to a destroyed one. */
  rewrap(key: WrappedKey): Promise<void>;
  /**
   * Keys still wrapped by another, for rotation; at most `max`. Of one tenant, or of all where none is named, which only
   * a store opened by the role that owns the tables can see.
   */
  wrappedBy(keyId: string, max: number, tenant?: string): Promise<readonly WrappedKey[]>;
}
