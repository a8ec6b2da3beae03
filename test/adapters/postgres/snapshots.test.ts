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
    expect(await snapshots.load('s', 1)).to.equal(undefined);
    for (let revision = 0; revision < 20; revision++) snapshots.save({ stream: 's', revision, version: 1, json });
    await stored('s', 19n);
    expect(await snapshots.load('s', 1)).to.deep.equal({ stream: 's', revision: 19, version: 1, json });
  });

  it('never puts an older one in a newer one’s place', async () => {
    const snapshots = createSnapshotStore(app);
    snapshots.save({ stream: 'old', revision: 5, version: 2, json: 'new' });
    await stored('old', 5n);
    snapshots.save({ stream: 'old', revision: 4, version: 2, json: 'older' });
    snapshots.save({ stream: 'after', revision: 1, version: 1, json: '' });
    await stored('after', 1n);
    snapshots.save({ stream: 'old', revision: 9, version: 1, json: 'older release' });
    snapshots.save({ stream: 'after', revision: 2, version: 1, json: '' });
    await stored('after', 2n);
    expect(await snapshots.load('old', 2)).to.include({ revision: 5, json: 'new' });
    expect(await snapshots.load('old', 1)).to.equal(undefined);
  });

  it('discards what was changed behind its back', async () => {
    const snapshots = createSnapshotStore(app);
    for (const [n, change] of [
      sql`update kernel.snapshots set json = replace(json, '1', '2') where stream = 'h0'`,
      sql`update kernel.snapshots set revision = 7 where stream = 'h1'`,
      sql`update kernel.snapshots set hash = 'x' where stream = 'h2'`,
    ].entries()) {
      snapshots.save({ stream: `h${n}`, revision: 3, version: 1, json: { balance: 1 } });
      await stored(`h${n}`, 3n);
      expect(await snapshots.load(`h${n}`, 1)).to.not.equal(undefined);
      await owner.run(change);
      expect(await snapshots.load(`h${n}`, 1)).to.equal(undefined);
    }
  });

  it('counts as empty while the database is away', async () => {
    const away = connectDatabase('postgres://nobody:x@127.0.0.1:1/nothing');
    const snapshots = createSnapshotStore(away);
    snapshots.save({ stream: 's', revision: 1, version: 1, json: {} });
    expect(await snapshots.load('s', 1)).to.equal(undefined);
    await away.close();
  });
});
