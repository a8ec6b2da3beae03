import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { type ConnectedReadModels, connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { createTrack } from '../../../src/adapters/projector/tracks.ts';
import { type Projection, projection } from '../../../src/kernel/projection.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { sharedStores } from '../../support/stores.ts';

const notes: Projection = projection({
  name: 'test_notes',
  version: 1,
  table: `
    create table test_notes (tenant_id text not null, id int not null, text text, primary key (tenant_id, id));
    create table test_note_words (tenant_id text not null, word text not null, primary key (tenant_id, word));`,
  on: [],
});
const tenants = Array.from({ length: 50 }, (_, n) => `tenant-${n}`);
const rowsEach = 5;

describe('read models', () => {
  let url: string;
  let owner: Database;
  let app: Database;
  let reads: ConnectedReadModels;

  before(async () => {
    const database = await sharedStores().freshDatabase();
    url = database.url;
    owner = connectDatabase(database.ownerUrl);
    app = connectDatabase(url, { max: 4 });
    await migrate(owner, app.role, kernelMigrations);
    await createTrack(owner, notes, { owner: 'test', appRole: app.role, state: 'live' });
    await owner.run(sql`
      insert into read_models.test_notes
      select tenant, id, tenant || ' ' || id from unnest(${tenants}::text[]) tenant, generate_series(1, ${rowsEach}::int) id`);
    reads = connectReadModels({ app, telemetry: silent });
  });
  after(async () => {
    await reads.close();
    await app.close();
    await owner.close();
  });

  const failure = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: Error) => error.message,
    );

  describe('row-level security', () => {
    it('shows nothing without a tenant', async () => {
      expect(await app.run(sql`select * from read_models.test_notes`)).to.deep.equal([]);
      expect(await reads.run('', sql`select * from test_notes`)).to.deep.equal([]);
    });

    it('shows a tenant its own rows alone, whatever the statement asks for', async () => {
      expect(await reads.run('tenant-3', sql`select distinct tenant_id from test_notes`)).to.deep.equal([
        { tenant_id: 'tenant-3' },
      ]);
      expect(await reads.run('tenant-3', sql`select * from test_notes where tenant_id = ${'tenant-4'}`)).to.deep.equal(
        [],
      );
      expect(await reads.run('tenant-3', sql`select * from test_notes where true or tenant_id <> ''`)).to.have.length(
        rowsEach,
      );
      expect(await reads.run('nobody', sql`select * from test_notes`)).to.deep.equal([]);
    });

    it('leaves no tenant on a connection that goes back to the pool', async () => {
      await Promise.all(Array.from({ length: 16 }, () => reads.run('tenant-1', sql`select pg_sleep(0.01)`)));
      for (let n = 0; n < 8; n++) expect(await app.run(sql`select * from read_models.test_notes`)).to.deep.equal([]);
    });

    it('holds for every table of the projection, and for its owner too', async () => {
      const tables = await owner.run(sql`
        select relname, relrowsecurity and relforcerowsecurity as closed, array_agg(polname order by polname)::text[] as policies
        from pg_class join pg_policy on polrelid = pg_class.oid where relnamespace = 'read_models'::regnamespace
        group by 1, 2 order by 1`);
      expect(tables).to.deep.equal([
        { relname: 'test_note_words', closed: true, policies: ['owner', 'tenant'] },
        { relname: 'test_notes', closed: true, policies: ['owner', 'tenant'] },
      ]);
      const [role] = await app.run(sql`select rolsuper, rolbypassrls from pg_roles where rolname = current_user`);
      expect(role).to.deep.equal({ rolsuper: false, rolbypassrls: false });
    });

    it('lets the role that serves requests read, and nothing else', async () => {
      expect(await failure(reads.run('tenant-1', sql`delete from test_notes`))).to.match(/permission denied|read-only/);
      expect(await failure(app.run(sql`delete from read_models.test_notes`))).to.match(/permission denied/);
      expect(await failure(app.run(sql`update kernel.projections set position = 0`))).to.match(/permission denied/);
      const widen = sql`select set_config('transaction_read_only', 'off', true)`;
      expect(await failure(reads.run('tenant-1', widen))).to.match(
        /transaction read-write mode must be set before any query/,
      );
      expect(await failure(app.run(rawSql('alter table read_models.test_notes disable row level security')))).to.match(
        /must be owner/,
      );
    });

    it('shows no foreign row in 10,000 queries of 50 tenants over four connections, some of them cancelled', async function () {
      this.timeout(60_000);
      let asked = 0;
      let cancelled = 0;
      let foreign = 0;
      const client = async (): Promise<void> => {
        while (asked < 10_000) {
          const n = asked++;
          const tenant = tenants[n % tenants.length] ?? '';
          const slow = n % 50 === 7;
          const statement = slow
            ? sql`select tenant_id, pg_sleep(0.1) from test_notes`
            : sql`select tenant_id from test_notes`;
          const rows = await reads.run(tenant, statement).catch((error: { code?: string }) => {
            expect(error.code).to.equal('57014');
            cancelled++;
          });
          foreign += (rows ?? []).filter((row) => row['tenant_id'] !== tenant).length;
          expect(rows ?? { length: rowsEach }).to.have.length(rowsEach);
        }
      };
      const other = connectDatabase(url, { max: 1 });
      let on = true;
      const canceller = (async () => {
        while (on) {
          await other.run(sql`
            select pg_cancel_backend(pid) from pg_stat_activity
            where usename = current_user and state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()`);
          await sleep(20);
        }
      })();
      await Promise.all(Array.from({ length: 24 }, client));
      on = false;
      await canceller;
      await other.close();
      expect(foreign).to.equal(0);
      expect(cancelled).to.be.greaterThan(10);
    });
  });

  it('looks again when a table was replaced under its feet', async () => {
    let looks = 0;
    const once: Database = {
      ...app,
      together: (statements) => {
        if (looks++ === 0) return Promise.reject(Object.assign(new Error('gone'), { code: '42P01' }));
        return app.together(statements);
      },
    };
    const retrying = connectReadModels({ app: once, telemetry: silent });
    try {
      expect(await retrying.run('tenant-1', sql`select id from test_notes where id = 1`)).to.deep.equal([{ id: 1 }]);
      expect(await failure(retrying.run('tenant-1', sql`select * from test_absent`))).to.match(/does not exist/);
      expect(looks).to.equal(4);
    } finally {
      await retrying.close();
    }
  });

  it('reads a table that was replaced by one of other columns, whatever was planned before', async () => {
    const all = (): Promise<readonly object[]> => reads.run('tenant-1', sql`select * from test_changing`);
    const make = (columns: string): Promise<unknown> =>
      owner.run(
        rawSql(`
        do $$ begin
          drop table if exists read_models.test_changing;
          create table read_models.test_changing as select ${columns};
          grant select on read_models.test_changing to ${app.role};
        end $$`),
      );
    await make('1 as one');
    for (let n = 0; n < 20; n++) expect(await all()).to.deep.equal([{ one: 1 }]);
    await make("2 as one, 'more' as other");
    for (let n = 0; n < 20; n++) expect(await all()).to.deep.equal([{ one: 2, other: 'more' }]);
  });

  it('commits what goes out together, or nothing of it', async () => {
    await owner.run(rawSql('create table kernel.test_together (n int primary key)'));
    const insert = (n: number) => sql`insert into kernel.test_together values (${n}) returning n`;
    expect(await owner.together([insert(1), insert(2)])).to.deep.equal([[{ n: 1 }], [{ n: 2 }]]);
    expect(await failure(owner.together([insert(3), insert(1), insert(4)]))).to.match(/duplicate key/);
    expect(await owner.run(sql`select n from kernel.test_together order by n`)).to.deep.equal([{ n: 1 }, { n: 2 }]);
  });

  describe('waiting for a position', () => {
    const move = (position: bigint): Promise<unknown> =>
      owner.run(sql`update kernel.projections set position = ${position} where name = 'test_notes'`);
    const tell = (position: bigint): Promise<unknown> =>
      owner.run(sql`select pg_notify('keyledger_projected', ${`test_notes:${position}`})`);

    it('ends when the projector tells, and is over at once for what was seen', async () => {
      const waiting = reads.waitFor(['test_notes'], 100n, 10_000);
      await tell(99n);
      await tell(100n);
      expect(await waiting).to.equal(true);
      expect(await reads.waitFor(['test_notes'], 100n, 0)).to.equal(true);
      expect(await reads.waitFor(['test_notes'], 101n, 30)).to.equal(false);
    });

    it('ends when this process has committed the position itself', async () => {
      const waiting = reads.waitFor(['test_notes'], 150n, 10_000);
      reads.saw('test_notes', 150n);
      expect(await waiting).to.equal(true);
      expect(await reads.waitFor(['test_notes'], 150n, 0)).to.equal(true);
    });

    it('ends without a notification too, by looking', async () => {
      const waiting = reads.waitFor(['test_notes'], 200n, 10_000);
      await move(200n);
      expect(await waiting).to.equal(true);
    });

    it('waits for all of them', async () => {
      const waiting = reads.waitFor(['test_notes', 'test_other'], 200n, 50);
      expect(await waiting).to.equal(false);
    });

    const endListening = (): Promise<unknown> =>
      app.run(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where usename = current_user and query = 'listen keyledger_projected' and datname = current_database()`);

    it('goes on after its connection was ended', async () => {
      expect(await endListening()).to.have.length(1);
      const waiting = reads.waitFor(['test_notes'], 300n, 10_000);
      await move(300n);
      expect(await waiting).to.equal(true);
    });

    it('does not count on what a database that was away had seen before', async () => {
      await move(400n);
      expect(await reads.waitFor(['test_notes'], 400n, 10_000)).to.equal(true);
      // What a crash takes with it: commits that were not on the disk yet.
      await move(350n);
      await endListening();
      await sleep(20);
      expect(await reads.waitFor(['test_notes'], 400n, 50)).to.equal(false);
      await move(400n);
      expect(await reads.waitFor(['test_notes'], 400n, 10_000)).to.equal(true);
    });
  });
});
