import { createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { openPayload, payloadSeal } from '../payload.ts';
import type { PersonalData } from '../personal.ts';
import type { SealContext, Sealed, Sealer } from '../ports.ts';
import { lengthPrefixed, openBytes, sealBytes } from './aead.ts';
import { KeyDestroyed, KeyUnknown, NotAuthentic } from './key-errors.ts';
import type { WrappedKey } from './key-store.ts';
import { createPersonalData } from './personal.ts';
import { rewrapDataKeys, rewrapTenantKeys } from './rewrap.ts';
import { type KeyHierarchy, TenantKeys, wrapContext } from './tenant-keys.ts';

/** A sealer, and what turns its keys over. Nothing that is sealed changes by it. */
export interface RotatingSealer extends Sealer {
  /** Under the same keys of tenants, a data key a person. */
  readonly personal: PersonalData;
  /** Gives the tenant a new key-encryption key: later values are sealed under it. @returns its id */
  rotateKek(tenant: string): Promise<string>;
  /** Wraps the tenant's data keys anew under its newest key-encryption key. May be broken off and called again. @returns how many */
  rewrapDataKeys(tenant: string): Promise<number>;
  /**
   * Wraps all tenants' keys anew under the newest root key; afterwards the older ones may leave the key file. Needs a key
   * store opened by the role that owns the tables. @returns how many
   */
  rewrapTenantKeys(): Promise<number>;
}

/** Sealing under root key, tenant key and a data key of each value's own. Of data keys nothing is cached. */
export function createSealer(hierarchy: KeyHierarchy): RotatingSealer {
  const { keyStore } = hierarchy;
  const tenantKeys = new TenantKeys(hierarchy);
  const personal = createPersonalData(hierarchy, tenantKeys);
  const opening: Pick<Sealer, 'open'> = { open: (context, value) => open(hierarchy, tenantKeys, context, value) };
  return {
    personal: { ...personal, open: (tenant, text) => shown(opening, tenant, text) ?? personal.open(tenant, text) },
    seal: (context, plaintext) => seal(hierarchy, tenantKeys, context, plaintext),
    ...opening,
    async shred(tenant, keyId) {
      await keyStore.destroy(tenant, keyId);
      tenantKeys.forget(tenant);
    },
    async mac(tenant, purpose, message) {
      const { key } = await tenantKeys.newest(tenant, 'mac');
      const derived = hkdfSync('sha256', key, '', lengthPrefixed(['keyledger mac v1', purpose]), 32);
      return createHmac('sha256', Buffer.from(derived)).update(message).digest();
    },
    rotateKek: async (tenant) => (await tenantKeys.rotate(tenant, 'kek')).keyId,
    rewrapDataKeys: (tenant) => rewrapDataKeys(hierarchy, tenantKeys, tenant),
    rewrapTenantKeys: () => rewrapTenantKeys(hierarchy),
  };
}

/** A payload in clear, null where it is gone; undefined for what is none. Its key is asked for each time, and gone as soon as it is shredded. */
function shown(sealer: Pick<Sealer, 'open'>, tenant: string, text: string): Promise<string | null> | undefined {
  const value = payloadSeal(text);
  return value && openPayload(sealer, tenant, value).catch(goneOrThrown);
}

/** What was changed is as good as gone. */
function goneOrThrown(error: unknown): null {
  if (error instanceof KeyDestroyed || error instanceof KeyUnknown || error instanceof NotAuthentic) return null;
  throw error;
}

async function seal(
  { keyStore }: KeyHierarchy,
  tenantKeys: TenantKeys,
  context: SealContext,
  plaintext: Uint8Array,
): Promise<Sealed> {
  const kek = await tenantKeys.newest(context.tenant, 'kek');
  const keyId = randomUUID();
  const place = { tenant: context.tenant, kind: 'data', keyId, wrappedBy: kek.keyId } as const;
  const dataKey = randomBytes(32);
  const sealed = sealBytes(dataKey, valueContext(context, keyId), plaintext).toString('base64');
  const wrapped = sealBytes(kek.key, wrapContext(place), dataKey);
  dataKey.fill(0);
  await keyStore.put({ ...place, wrapped });
  return { keyId, sealed };
}

async function open(
  { keyStore }: KeyHierarchy,
  tenantKeys: TenantKeys,
  context: SealContext,
  value: Sealed,
): Promise<Buffer> {
  const kept = await keyStore.get(context.tenant, value.keyId);
  if (kept === 'destroyed') throw new KeyDestroyed(`the data key ${value.keyId} was destroyed`);
  if (kept?.kind !== 'data') throw new KeyUnknown(`there is no data key ${value.keyId}`);
  const dataKey = await unwrapDataKey(tenantKeys, kept);
  try {
    return openBytes(dataKey, valueContext(context, value.keyId), bytesOf(value.sealed));
  } finally {
    dataKey.fill(0);
  }
}

/** A data key in clear; the caller wipes it. */
async function unwrapDataKey(tenantKeys: TenantKeys, kept: WrappedKey): Promise<Buffer> {
  const kek = await tenantKeys.byId(kept.tenant, 'kek', kept.wrappedBy);
  return openBytes(kek.key, wrapContext(kept), kept.wrapped);
}

function valueContext(context: SealContext, keyId: string): Buffer {
  const { tenant, type, id, version, purpose } = context;
  return lengthPrefixed(['keyledger value v1', tenant, type, id, version, keyId, purpose]);
}

/** Strict, so that one value has one spelling. */
function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new NotAuthentic('the ciphertext is not base64');
  return bytes;
}
