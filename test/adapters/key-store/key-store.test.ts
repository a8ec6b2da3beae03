import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { groupCommit } from '../../../src/adapters/key-store/group-commit.ts';
import { createKeyStore } from '../../../src/adapters/key-store/key-store.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { KeyExists } from '../../../src/kernel/crypto/key-errors.ts';
import type { WrappedKey } from '../../../src/kernel/crypto/key-store.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { type KeyFixture, keyFixture } from '../../support/keys.ts';
import { rejected } from '../../support/rejected.ts';

function dataKey(tenant: string, change: Partial<WrappedKey> = {}): WrappedKey {
  return { tenant, keyId: randomUUID(), kind: 'data', wrappedBy: 'kek-1', wrapped: randomBytes(60), ...change };
}

/** Counts the statements that pass. */
function counted(database: Database): { readonly database: Database; count: number } {
  const counter = {
    count: 0,
    database: {
      ...database,
      run: (statement: Parameters<Database['run']>[0]) => {
        counter.count++;
        return database.run(statement);
      },
    },
  };
  return counter;
}

describe('key store', () => {
  let keys: KeyFixture;
  before(async () => {
    keys = await keyFixture();
  });
  after(() => keys.close());

  it('gives back what was put, to its tenant alone', async () => {
    const key = dataKey('acme');
    await keys.keyStore.put(key);
    expect(await keys.keyStore.get('acme', key.keyId)).to.deep.equal(key);
    expect(await keys.keyStore.get('other', key.keyId)).to.equal(undefined);
    expect(await keys.keyStore.get('acme', randomUUID())).to.equal(undefined);
    expect(await keys.keyStore.get('acme', "' or true --")).to.equal(undefined);
  });

  it('refuses a key id twice, and the others of the same commit are kept', async () => {
    const first = dataKey('acme');
    await keys.keyStore.put(first);
    const others = Array.from({ length: 20 }, () => dataKey('acme'));
    const again = keys.keyStore.put({ ...first, wrapped: randomBytes(60) });
    const [refused] = await Promise.all([rejected(again), ...others.map((key) => keys.keyStore.put(key))]);
    expect(refused).to.be.instanceOf(KeyExists);
    expect(await keys.keyStore.get('acme', first.keyId)).to.deep.equal(first);
    for (const key of others) expect(await keys.keyStore.get('acme', key.keyId)).to.deep.equal(key);
  });

  it('puts the keys of many tenants in few commits', async () => {
    const counter = counted(keys.app);
    const store = createKeyStore(counter.database);
    const put = Array.from({ length: 300 }, (_, index) => dataKey(`t${index % 7}`));
    await Promise.all(put.map((key) => store.put(key)));
    expect(counter.count).to.equal(2);
    for (const key of put) expect(await store.get(key.tenant, key.keyId)).to.deep.equal(key);
  });

  it('knows the newest key of a kind', async () => {
    expect(await keys.keyStore.newest('nobody', 'kek')).to.equal(undefined);
    const [one, two] = [1, 2].map((generation) =>
      dataKey('rotating', { kind: 'kek', generation, wrappedBy: 'root' }),
    ) as [WrappedKey, WrappedKey];
    await keys.keyStore.put(two);
    await keys.keyStore.put(one);
    expect(await keys.keyStore.newest('rotating', 'kek')).to.deep.equal(two);
    expect(await keys.keyStore.newest('rotating', 'mac')).to.equal(undefined);
  });

  it('destroys for good: the bytes are gone, a rewrap brings nothing back, and again is no error', async () => {
    const key = dataKey('acme');
    await keys.keyStore.put(key);
    await keys.keyStore.destroy('acme', key.keyId);
    await keys.keyStore.destroy('acme', key.keyId);
    await keys.keyStore.destroy('acme', randomUUID());
    await keys.keyStore.rewrap({ ...key, wrappedBy: 'kek-2' });
    expect(await keys.keyStore.get('acme', key.keyId)).to.equal('destroyed');
    expect(await rejected(keys.keyStore.put(key))).to.be.instanceOf(KeyExists);
    const rows = await keys.owner.run(sql`select wrapped from kernel.keys where key_id = ${key.keyId}`);
    expect(rows).to.deep.equal([{ wrapped: null }]);
  });

  it('counts a key as destroyed once the key above it is', async () => {
    const kek = dataKey('doomed', { kind: 'kek', generation: 1, wrappedBy: 'root' });
    const key = dataKey('doomed', { wrappedBy: kek.keyId });
    await keys.keyStore.put(kek);
    await keys.keyStore.put(key);
    await keys.keyStore.destroy('doomed', kek.keyId);
    expect(await keys.keyStore.get('doomed', key.keyId)).to.equal('destroyed');
  });

  it('lists what a key still wraps: of one tenant, or of all for the owner', async () => {
    const put = ['x', 'x', 'y'].map((tenant) => dataKey(tenant, { wrappedBy: 'kek-old' }));
    await Promise.all(put.map((key) => keys.keyStore.put(key)));
    expect(await keys.keyStore.wrappedBy('kek-old', 10, 'x')).to.have.length(2);
    expect(await keys.keyStore.wrappedBy('kek-old', 1, 'x')).to.have.length(1);
    expect(await keys.keyStore.wrappedBy('kek-old', 10)).to.have.length(0);
    expect(await createKeyStore(keys.owner).wrappedBy('kek-old', 10)).to.have.length(3);
    for (const key of put) await keys.keyStore.rewrap({ ...key, wrappedBy: 'kek-new' });
    expect(await keys.keyStore.wrappedBy('kek-old', 10, 'x')).to.have.length(0);
  });

  it('shows a role that serves requests no row without a tenant, and lets it delete none', async () => {
    await keys.keyStore.put(dataKey('acme'));
    expect(await keys.app.run(rawSql('select * from kernel.keys'))).to.deep.equal([]);
    const seen = await keys.app.transaction(async (run) => {
      await run(sql`select set_config('keyledger.tenant', ${'acme'}, true)`);
      await run(rawSql("update kernel.keys set wrapped_by = wrapped_by where tenant_id <> 'acme'"));
      return run(rawSql('select distinct tenant_id from kernel.keys'));
    });
    expect(seen).to.deep.equal([{ tenant_id: 'acme' }]);
    expect((await rejected(keys.app.run(rawSql('delete from kernel.keys')))).message).to.contain('permission denied');
    expect(await keys.app.run(rawSql("select current_setting('keyledger.tenant', true) as t"))).to.not.deep.equal([
      { t: 'acme' },
    ]);
  });

  it('is unavailable, and nothing worse, while the database is away', async () => {
    const away = connectDatabase('postgres://keyledger_app:x@127.0.0.1:9/none');
    const store = createKeyStore(away);
    const key = dataKey('acme');
    const asked = [
      store.put(key),
      store.get('acme', key.keyId),
      store.newest('acme', 'kek'),
      store.destroy('acme', key.keyId),
      store.rewrap(key),
      store.wrappedBy('kek', 1),
    ];
    for (const one of asked.map(rejected)) expect(await one).to.be.instanceOf(StoreUnavailable);
    await away.close();
  });
});

describe('group commit', () => {
  it('refuses more than it may keep waiting', async () => {
    let finish = (): void => undefined;
    const open = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const write = groupCommit<number>({
      commit: () => open,
      oneByOne: () => false,
      maxBatch: 2,
      maxWaiting: 3,
    });
    const written = [1, 2, 3, 4].map(write);
    expect(await rejected(write(5))).to.be.instanceOf(StoreUnavailable);
    finish();
    await Promise.all(written);
  });

  it('fails the batch alone that failed', async () => {
    const batches: (readonly number[])[] = [];
    const write = groupCommit<number>({
      commit: async (items) => {
        batches.push(items);
        await Promise.resolve();
        if (items.includes(2)) throw new Error('two');
      },
      oneByOne: () => false,
      maxBatch: 2,
      maxWaiting: 10,
    });
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(write));
    expect(batches).to.deep.equal([[1], [2, 3], [4]]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });
});
