/** A key under another: what is kept of it outside the log. */
export interface WrappedKey {
  readonly tenant: string;
  /** UUID */
  readonly keyId: string;
  /** `kek`: a tenant's key-encryption key, wrapped by the root key; `data`: wrapped by the tenant's; `mac`: wrapped by the root key. */
  readonly kind: 'kek' | 'data' | 'mac';
  /** Id of the key it is wrapped by. */
  readonly wrappedBy: string;
  /** Nonce, ciphertext and tag. */
  readonly wrapped: Buffer;
}

/** Where wrapped keys live: apart from the log, so that a key can be destroyed while its fact stays. */
export interface KeyStore {
  /** Durable before it resolves; keys put at the same time share one commit. Putting the same key id again is an error. */
  put(key: WrappedKey): Promise<void>;
  /** `undefined` where there never was one, 'destroyed' where it was shredded. */
  get(tenant: string, keyId: string): Promise<WrappedKey | 'destroyed' | undefined>;
  /** A tenant's newest key of a kind; undefined where there is none. */
  newest(tenant: string, kind: 'kek' | 'mac'): Promise<WrappedKey | undefined>;
  /** Overwrites the wrapped bytes and marks the key destroyed, durably. Destroying one that is gone already succeeds. */
  destroy(tenant: string, keyId: string): Promise<void>;
  /** Replaces the wrapping of a key, not the key. */
  rewrap(key: WrappedKey): Promise<void>;
  /** Keys still wrapped by another, for rotation; at most `max`. */
  wrappedBy(keyId: string, max: number): Promise<readonly WrappedKey[]>;
}
