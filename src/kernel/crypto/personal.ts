import { createCipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { v5 as uuidOf } from 'uuid';
import type { Actor } from '../aggregate.ts';
import type { PersonalData } from '../personal.ts';
import { lengthPrefixed, openBytes, sealBytes } from './aead.ts';
import { KeyExists, NotAuthentic } from './key-errors.ts';
import type { WrappedKey } from './key-store.ts';
import { type KeyHierarchy, type TenantKeys, wrapContext } from './tenant-keys.ts';

const idSpace = '5a4cf5a6-7a3e-4f0c-8f6a-0a3f6f0f5d11';
const keptKeys = 10_000;
const longestBytes = 280;
const token = /^pd1\.([0-9a-f-]{36})\.([A-Za-z0-9_-]+)$/;

/** A person's texts that are remembered beside the key: people mostly come from where they came from before. */
const rememberedTexts = 4;

interface PersonKey {
  readonly keyId: string;
  readonly cipher: KeyObject;
  readonly nonces: KeyObject;
  /** Texts lately sealed and opened, forgotten with the key. */
  readonly sealed: Map<string, string>;
  readonly opened: Map<string, string | null>;
}

/**
 * Personal data under a data key a person, wrapped by the tenant's key-encryption key and kept with all others. Keys stay in memory until
 * they are forgotten, so that facts are sealed and shown while the key store is away.
 */
export function createPersonalData(hierarchy: KeyHierarchy, tenantKeys: TenantKeys): PersonalData {
  const keys = new PersonKeys(hierarchy, tenantKeys);
  return {
    async seal(tenant, person, text) {
      const key = await keys.current(tenant, person);
      return remembered(key.sealed, text, () => {
        const sealed = sealSame(key, contextOf(tenant, key.keyId), cut(text));
        return `pd1.${key.keyId}.${sealed.toString('base64url')}`;
      });
    },
    async open(tenant, text) {
      const [, keyId, sealed = ''] = token.exec(text) ?? [];
      if (keyId === undefined) return text;
      const key = await keys.byId(tenant, keyId);
      if (key === undefined) return null;
      return remembered(key.opened, sealed, () => opened(key, contextOf(tenant, keyId), sealed));
    },
    async shred(tenant, person) {
      const keyIds = await keys.destroy(tenant, person);
      keys.forget(tenant, person, keyIds);
      return keyIds;
    },
    forget: (tenant, person, keyIds) => keys.forget(tenant, person, keyIds),
  };
}

const contextOf = (tenant: string, keyId: string): Buffer =>
  lengthPrefixed(['keyledger personal data v1', tenant, keyId]);

const cut = (text: string): Buffer => Buffer.from(text, 'utf8').subarray(0, longestBytes);

/** AES-256-GCM whose nonce is a keyed hash of the text: one text gives one ciphertext, and two texts do not share a nonce. */
function sealSame({ cipher: key, nonces }: PersonKey, additional: Buffer, plaintext: Buffer): Buffer {
  const nonce = createHmac('sha256', nonces).update(plaintext).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(additional);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function remembered<T>(texts: Map<string, T>, text: string, make: () => T): T {
  const known = texts.get(text);
  if (known !== undefined) return known;
  const made = make();
  if (texts.size >= rememberedTexts) texts.clear();
  texts.set(text, made);
  return made;
}

/** What was changed is as good as gone. */
function opened({ cipher }: PersonKey, additional: Buffer, sealed: string): string | null {
  try {
    return openBytes(cipher, additional, Buffer.from(sealed, 'base64url')).toString('utf8');
  } catch (error) {
    if (error instanceof NotAuthentic) return null;
    throw error;
  }
}

/** A person's key of a generation has a known id, so that two processes cannot both make it, and none has to be looked for. */
function keyIdOf(tenant: string, { id, type }: Actor, generation: number): string {
  return uuidOf(lengthPrefixed([tenant, type, id, generation]), idSpace);
}

const personName = (tenant: string, { id, type }: Actor): string => JSON.stringify([tenant, type, id]);
const keyName = (tenant: string, keyId: string): string => JSON.stringify([tenant, keyId]);

/** The keys of persons: a generation each time one was destroyed. */
class PersonKeys {
  readonly #hierarchy: KeyHierarchy;
  readonly #tenantKeys: TenantKeys;
  // Promises, so that requests that come together ask the store once.
  readonly #current = new LRUCache<string, Promise<PersonKey>>({ max: keptKeys });
  readonly #byId = new LRUCache<string, Promise<{ readonly key: PersonKey | undefined }>>({ max: keptKeys });

  constructor(hierarchy: KeyHierarchy, tenantKeys: TenantKeys) {
    this.#hierarchy = hierarchy;
    this.#tenantKeys = tenantKeys;
  }

  /** The first key of the person's that was not destroyed; made where there is none. */
  current(tenant: string, person: Actor): Promise<PersonKey> {
    return loadedOnce(this.#current, personName(tenant, person), () => this.#loadCurrent(tenant, person));
  }

  /** Undefined where it was destroyed, or is none of the tenant's. */
  async byId(tenant: string, keyId: string): Promise<PersonKey | undefined> {
    const { key } = await loadedOnce(this.#byId, keyName(tenant, keyId), async () => {
      const kept = await this.#hierarchy.keyStore.get(tenant, keyId);
      return { key: kept === 'destroyed' || kept?.kind !== 'data' ? undefined : await this.#unwrapped(kept) };
    });
    return key;
  }

  async destroy(tenant: string, person: Actor): Promise<readonly string[]> {
    const { keyStore } = this.#hierarchy;
    const keyIds: string[] = [];
    for (;;) {
      const keyId = keyIdOf(tenant, person, keyIds.length + 1);
      const kept = await keyStore.get(tenant, keyId);
      if (kept === undefined) return keyIds;
      if (kept !== 'destroyed') await keyStore.destroy(tenant, keyId);
      keyIds.push(keyId);
    }
  }

  forget(tenant: string, person: Actor, keyIds: readonly string[]): void {
    this.#current.delete(personName(tenant, person));
    for (const keyId of keyIds) this.#byId.delete(keyName(tenant, keyId));
  }

  async #loadCurrent(tenant: string, person: Actor): Promise<PersonKey> {
    for (let generation = 1; ; generation++) {
      const keyId = keyIdOf(tenant, person, generation);
      const kept = (await this.#hierarchy.keyStore.get(tenant, keyId)) ?? (await this.#made(tenant, keyId));
      if (kept !== 'destroyed') return this.#unwrapped(kept);
    }
  }

  async #made(tenant: string, keyId: string): Promise<WrappedKey | 'destroyed'> {
    const kek = await this.#tenantKeys.newest(tenant, 'kek');
    const place = { tenant, kind: 'data', keyId, wrappedBy: kek.keyId } as const;
    const bytes = randomBytes(32);
    const made = { ...place, wrapped: sealBytes(kek.key, wrapContext(place), bytes) };
    bytes.fill(0);
    const { keyStore } = this.#hierarchy;
    try {
      await keyStore.put(made);
      return made;
    } catch (error) {
      if (!(error instanceof KeyExists)) throw error;
      // Another process was first, and its key is the one.
      return (await keyStore.get(tenant, keyId)) ?? 'destroyed';
    }
  }

  async #unwrapped(kept: WrappedKey): Promise<PersonKey> {
    const kek = await this.#tenantKeys.byId(kept.tenant, 'kek', kept.wrappedBy);
    const bytes = openBytes(kek.key, wrapContext(kept), kept.wrapped);
    const key = (purpose: string): KeyObject =>
      createSecretKey(Buffer.from(hkdfSync('sha256', bytes, '', `keyledger personal data v1 ${purpose}`, 32)));
    const halves = { cipher: key('cipher'), nonces: key('nonces') };
    const person = { keyId: kept.keyId, ...halves, sealed: new Map(), opened: new Map() };
    bytes.fill(0);
    return person;
  }
}

/** What could not be loaded is tried again at the next asking. */
function loadedOnce<T>(cache: LRUCache<string, Promise<T>>, name: string, load: () => Promise<T>): Promise<T> {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const loading = load();
  cache.set(name, loading);
  loading.catch(() => {
    if (cache.peek(name) === loading) cache.delete(name);
  });
  return loading;
}
