import { expect } from 'chai';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { createSnapshotStore } from '../../../src/adapters/postgres/snapshots.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { sharedStores } from '../../support/stores.ts';

describe('snapshots', () => {
  let owner: Database;
  let app: Database;

  before(async () => {
    const { ownerUrl, url } = await sharedStores().freshDatabase();
    owner = connectDatabase(ownerUrl);
    app = connectDatabase(url);
    await migrate(owner, app.role, kernelMigrations);
  });
  after(async () => {
    await app.close();
    await owner.close();
  });

  const revisionOf = async (stream: string): Promise<unknown> =>
    (await owner.run(sql`select revision from kernel.snapshots where stream = ${stream}`))[0]?.['revision'];
  const stored = async (stream: string, revision: bigint): Promise<void> => {
    while ((await revisionOf(stream)) !== revision) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it('keeps the newest of a stream, and gives it back as it was', async () => {
    const snapshots = createSnapshotStore(app);
    const json = { keys: [1, 2, { deep: 'x' }], empty: null };
    expect(await snapshots.load('test.Counter-acme.s', 1)).to.equal(undefined);
    for (let revision = 0; revision < 20; revision++)
      snapshots.save({ stream: 'test.Counter-acme.s', revision, version: 1, json });
    await stored('test.Counter-acme.s', 19n);
    expect(await snapshots.load('test.Counter-acme.s', 1)).to.deep.equal({
      stream: 'test.Counter-acme.s',
      revision: 19,
      version: 1,
      json,
    });
  });

  it('never puts an older one in a newer one’s place', async () => {
    const snapshots = createSnapshotStore(app);
    snapshots.save({ stream: 'test.Counter-acme.old', revision: 5, version: 2, json: 'new' });
    await stored('test.Counter-acme.old', 5n);
    snapshots.save({ stream: 'test.Counter-acme.old', revision: 4, version: 2, json: 'older' });
    snapshots.save({ stream: 'test.Counter-acme.after', revision: 1, version: 1, json: '' });
    await stored('test.Counter-acme.after', 1n);
    snapshots.save({ stream: 'test.Counter-acme.old', revision: 9, version: 1, json: 'older release' });
    snapshots.save({ stream: 'test.Counter-acme.after', revision: 2, version: 1, json: '' });
    await stored('test.Counter-acme.after', 2n);
    expect(await snapshots.load('test.Counter-acme.old', 2)).to.include({ revision: 5, json: 'new' });
    expect(await snapshots.load('test.Counter-acme.old', 1)).to.equal(undefined);
  });

  it('discards what was changed behind its back', async () => {
    const snapshots = createSnapshotStore(app);
    for (const [n, change] of [
      sql`update kernel.snapshots set json = replace(json, '1', '2') where stream = 'test.Counter-acme.h0'`,
      sql`update kernel.snapshots set revision = 7 where stream = 'test.Counter-acme.h1'`,
      sql`update kernel.snapshots set hash = 'x' where stream = 'test.Counter-acme.h2'`,
    ].entries()) {
      snapshots.save({ stream: `test.Counter-acme.h${n}`, revision: 3, version: 1, json: { balance: 1 } });
      await stored(`test.Counter-acme.h${n}`, 3n);
      expect(await snapshots.load(`test.Counter-acme.h${n}`, 1)).to.not.equal(undefined);
      await owner.run(change);
      expect(await snapshots.load(`test.Counter-acme.h${n}`, 1)).to.equal(undefined);
    }
  });

  it('shows a tenant its own alone', async () => {
    const snapshots = createSnapshotStore(app);
    const stream = 'test.Counter-tenant-b.x-1.2';
    snapshots.save({ stream, revision: 3, version: 1, json: 'b' });
    await stored(stream, 3n);
    expect(await snapshots.load(stream, 1)).to.include({ json: 'b' });
    const seenBy = (tenant: string): Promise<readonly unknown[]> =>
      app.transaction(async (run) => {
        await run(sql`select set_config('keyledger.tenant', ${tenant}, true)`);
        return run(sql`select stream from kernel.snapshots where json = '"b"'`);
      });
    expect(await app.run(sql`select stream from kernel.snapshots`)).to.deep.equal([]);
    expect(await seenBy('tenant-c')).to.deep.equal([]);
    expect(await seenBy('tenant-b')).to.deep.equal([{ stream }]);
  });

  it('counts as empty while the database is away', async () => {
    const away = connectDatabase('postgres://nobody:x@127.0.0.1:1/nothing');
    const snapshots = createSnapshotStore(away);
    snapshots.save({ stream: 'test.Counter-acme.s', revision: 1, version: 1, json: {} });
    expect(await snapshots.load('test.Counter-acme.s', 1)).to.equal(undefined);
    await away.close();
  });
});
