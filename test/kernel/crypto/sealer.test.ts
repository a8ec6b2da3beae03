import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createKeyStore } from '../../../src/adapters/key-store/key-store.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { installationKeys } from '../../../src/kernel/crypto/installation-keys.ts';
import { KeyDestroyed, KeyUnknown, NotAuthentic } from '../../../src/kernel/crypto/key-errors.ts';
import type { KeyStore } from '../../../src/kernel/crypto/key-store.ts';
import { parseRootKeys } from '../../../src/kernel/crypto/root-key.ts';
import { createSealer, type RotatingSealer } from '../../../src/kernel/crypto/sealer.ts';
import { tenantKeyId } from '../../../src/kernel/crypto/tenant-keys.ts';
import type { SealContext } from '../../../src/kernel/ports.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { type KeyFixture, keyFixture } from '../../support/keys.ts';
import { rejected } from '../../support/rejected.ts';

const context: SealContext = { tenant: 'acme', type: 'vault.secret', id: 's1', version: 1, purpose: 'value' };
const secret = Buffer.from('correct horse battery staple');

describe('sealer', () => {
  let keys: KeyFixture;
  let sealer: RotatingSealer;
  /** Another process: the same database and root key, memory of its own. */
  let elsewhere: RotatingSealer;

  before(async () => {
    keys = await keyFixture();
  });
  beforeEach(() => {
    sealer = createSealer(keys);
    elsewhere = createSealer({ keyStore: createKeyStore(keys.app), rootKey: keys.rootKey });
  });
  after(() => keys.close());

  it('opens what it sealed, here and in another process', async () => {
    const value = await sealer.seal(context, secret);
    expect((await sealer.open(context, value)).equals(secret)).to.equal(true);
    expect((await elsewhere.open(context, value)).equals(secret)).to.equal(true);
    expect(value.sealed).to.not.include(secret.toString('base64').slice(0, 20));
  });

  it('refuses a ciphertext in any other place', async () => {
    const value = await sealer.seal(context, secret);
    const other = await sealer.seal({ ...context, id: 's2' }, secret);
    const changes: Partial<SealContext>[] = [{ type: 'vault.note' }, { id: 's2' }, { version: 2 }, { purpose: 'x' }];
    for (const change of changes) {
      expect(await rejected(sealer.open({ ...context, ...change }, value)), JSON.stringify(change)).to.be.instanceOf(
        NotAuthentic,
      );
    }
    expect(await rejected(sealer.open({ ...context, tenant: 'b' }, value))).to.be.instanceOf(KeyUnknown);
    expect(await rejected(sealer.open(context, { ...value, sealed: other.sealed }))).to.be.instanceOf(NotAuthentic);
    expect(await rejected(sealer.open(context, { ...value, keyId: other.keyId }))).to.be.instanceOf(NotAuthentic);
    expect(await rejected(sealer.open(context, { ...value, sealed: `${value.sealed}=` }))).to.be.instanceOf(
      NotAuthentic,
    );
  });

  it('refuses wrapped keys that were swapped in the store', async () => {
    const [one, other] = [await sealer.seal(context, secret), await sealer.seal(context, secret)];
    await keys.owner.run(sql`
      update kernel.keys k set wrapped = o.wrapped from kernel.keys o
      where k.key_id = ${one.keyId} and o.key_id = ${other.keyId}`);
    expect(await rejected(sealer.open(context, one))).to.be.instanceOf(NotAuthentic);
  });

  it('never opens a shredded value again, not even in a process that opened it before', async () => {
    const value = await sealer.seal(context, secret);
    await elsewhere.open(context, value);
    await sealer.shred('acme', value.keyId);
    await sealer.shred('acme', value.keyId);
    for (const one of [sealer, elsewhere])
      expect(await rejected(one.open(context, value))).to.be.instanceOf(KeyDestroyed);
    const [row] = await keys.owner.run(sql`select * from kernel.keys where key_id = ${value.keyId}`);
    expect(row?.['wrapped']).to.equal(null);
    expect(row?.['destroyed_at']).to.be.instanceOf(Date);
  });

  it('cannot shred for another tenant', async () => {
    const value = await sealer.seal(context, secret);
    await sealer.shred('other', value.keyId);
    expect((await sealer.open(context, value)).equals(secret)).to.equal(true);
  });

  it('gives a tenant one key where many start at once', async () => {
    const tenant = 'crowd';
    const sealers = Array.from({ length: 8 }, () =>
      createSealer({ keyStore: createKeyStore(keys.app), rootKey: keys.rootKey }),
    );
    const values = await Promise.all(
      sealers.flatMap((one) => Array.from({ length: 5 }, () => one.seal({ ...context, tenant }, secret))),
    );
    const macs = await Promise.all(sealers.map((one) => one.mac(tenant, 'p', secret)));
    expect(new Set(macs.map((mac) => mac.toString('hex'))).size).to.equal(1);
    const kept = await keys.owner.run(
      sql`select kind, count(*)::int as n from kernel.keys where tenant_id = ${tenant} group by kind order by kind`,
    );
    expect(kept).to.deep.equal([
      { kind: 'data', n: 40 },
      { kind: 'kek', n: 1 },
      { kind: 'mac', n: 1 },
    ]);
    for (const value of values) await sealer.open({ ...context, tenant }, value);
  });

  it('destroys all of a tenant with its key-encryption key, in every process at once', async () => {
    const tenant = 'leaver';
    const value = await sealer.seal({ ...context, tenant }, secret);
    await elsewhere.open({ ...context, tenant }, value);
    await sealer.shred(tenant, tenantKeyId(tenant, 'kek', 1));
    for (const one of [sealer, elsewhere]) {
      expect(await rejected(one.open({ ...context, tenant }, value))).to.be.instanceOf(KeyDestroyed);
    }
    expect(await rejected(sealer.seal({ ...context, tenant }, secret))).to.be.instanceOf(KeyDestroyed);
  });

  it('rotates and wraps anew without touching a value', async () => {
    const tenant = 'turner';
    const place = { ...context, tenant };
    const before = await sealer.seal(place, secret);
    const mac = await sealer.mac(tenant, 'p', secret);
    const gone = await sealer.seal(place, secret);
    await sealer.shred(tenant, gone.keyId);
    const kek = await sealer.rotateKek(tenant);
    const after = await sealer.seal(place, secret);
    expect((await keys.keyStore.get(tenant, after.keyId)) as object).to.have.property('wrappedBy', kek);
    expect((await elsewhere.open(place, before)).equals(secret)).to.equal(true);
    expect(await sealer.rewrapDataKeys(tenant)).to.equal(1);
    expect(await sealer.rewrapDataKeys(tenant)).to.equal(0);
    expect((await keys.keyStore.get(tenant, before.keyId)) as object).to.have.property('wrappedBy', kek);
    for (const one of [sealer, elsewhere]) {
      expect((await one.open(place, before)).equals(secret)).to.equal(true);
      expect((await one.mac(tenant, 'p', secret)).equals(mac)).to.equal(true);
      expect(await rejected(one.open(place, gone))).to.be.instanceOf(KeyDestroyed);
    }
  });

  it('changes the root key without touching a value', async () => {
    const own = await keyFixture();
    try {
      const [older, newer] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
      const before = createSealer({ keyStore: own.keyStore, rootKey: parseRootKeys(older, 'test') });
      const value = await before.seal(context, secret);
      const mac = await before.mac('acme', 'p', secret);
      const both = parseRootKeys(`${newer}\n${older}`, 'test');
      const turning = createSealer({ keyStore: createKeyStore(own.owner), rootKey: both });
      expect(await turning.rewrapTenantKeys()).to.equal(2);
      expect(await turning.rewrapTenantKeys()).to.equal(0);
      const after = createSealer({ keyStore: own.keyStore, rootKey: parseRootKeys(newer, 'test') });
      expect((await after.open(context, value)).equals(secret)).to.equal(true);
      expect((await after.mac('acme', 'p', secret)).equals(mac)).to.equal(true);
      const late = createSealer({ keyStore: own.keyStore, rootKey: parseRootKeys(older, 'test') });
      expect(await rejected(late.open(context, value)))
        .to.be.instanceOf(KeyUnknown)
        .and.have.property('message')
        .that.includes(both.ids[0]);
    } finally {
      await own.close();
    }
  });

  it('keys a digest by tenant and purpose', async () => {
    const macs = await Promise.all([
      sealer.mac('acme', 'a', secret),
      sealer.mac('acme', 'b', secret),
      sealer.mac('other', 'a', secret),
      sealer.mac('acme', 'a', Buffer.from('x')),
    ]);
    for (const mac of macs) expect(mac.length).to.equal(32);
    expect(new Set(macs.map((mac) => mac.toString('hex'))).size).to.equal(4);
    expect((await elsewhere.mac('acme', 'a', secret)).equals(macs[0])).to.equal(true);
  });

  it('gives the installation the same keys in every process, one for each use', async () => {
    const [here, there] = [await installationKeys(sealer), await installationKeys(elsewhere)];
    const keysOf = async (of: typeof here): Promise<readonly Buffer[]> => [
      ...of.accessTokens,
      of.cursors,
      of.documents,
      of.apiTokens,
      await of.auditCheckpoints(1),
      await of.auditCheckpoints(2),
    ];
    const all = await keysOf(here);
    expect(all).to.deep.equal(await keysOf(there));
    expect(new Set(all.map((key) => key.toString('hex'))).size).to.equal(6);
    for (const key of all) expect(key.length).to.equal(32);
  });

  it('asks the store again after it was away', async () => {
    let away = true;
    const shaky: KeyStore = {
      ...keys.keyStore,
      newest: (tenant, kind) =>
        away ? Promise.reject(new StoreUnavailable('away')) : keys.keyStore.newest(tenant, kind),
    };
    const one = createSealer({ keyStore: shaky, rootKey: keys.rootKey });
    expect(await rejected(one.seal(context, secret))).to.be.instanceOf(StoreUnavailable);
    away = false;
    expect((await one.open(context, await one.seal(context, secret))).equals(secret)).to.equal(true);
  });

  it('hands out nothing whose key is not durable', async () => {
    const away = connectDatabase('postgres://keyledger_app:x@127.0.0.1:9/none');
    const { keyStore, rootKey } = keys;
    const one = createSealer({ keyStore: { ...keyStore, put: createKeyStore(away).put }, rootKey });
    expect(await rejected(one.seal(context, secret))).to.be.instanceOf(StoreUnavailable);
    await away.close();
  });

  it('takes up a rotation of another process within a minute', async () => {
    const clock = { time: 1_000_000, now: () => clock.time };
    const slow = createSealer({ ...keys, clock });
    const tenant = 'lagging';
    await slow.seal({ ...context, tenant }, secret);
    const kek = await elsewhere.rotateKek(tenant);
    clock.time += 61_000;
    const value = await slow.seal({ ...context, tenant }, secret);
    expect((await keys.keyStore.get(tenant, value.keyId)) as object).to.have.property('wrappedBy', kek);
  });
});
