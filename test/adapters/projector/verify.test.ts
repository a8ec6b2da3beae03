import { expect } from 'chai';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { type Projector, startProjector } from '../../../src/adapters/projector/projector.ts';
import { replayInto } from '../../../src/adapters/projector/replay.ts';
import { createTrack } from '../../../src/adapters/projector/tracks.ts';
import { type Verification, verifyProjection } from '../../../src/adapters/projector/verify.ts';
import type { ReadModels } from '../../../src/kernel/pipeline/deps.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import {
  type Counter,
  counterAggregate,
  countersOf,
  projectorStores,
  type TestStores,
  until,
  write,
} from './support.ts';

describe('projector: verify and replay', () => {
  let stores: TestStores;
  let counters: Counter;
  let reads: ReadModels & { close(): Promise<void> };
  let projector: Projector;
  const positions: bigint[] = [];
  const deps = (): Parameters<typeof verifyProjection>[0] => ({
    ...stores,
    appRole: stores.app.role,
    telemetry: silent,
  });
  const verify = (): Promise<Verification> => verifyProjection(deps(), countersOf(counters));

  before(async () => {
    stores = await projectorStores();
    counters = counterAggregate();
    reads = connectReadModels({ app: stores.app, telemetry: silent });
    const { events } = counters;
    for (let n = 0; n < 20; n++) {
      const facts = [events.Opened({ title: `t${n}` }), events.Added({ amount: n })];
      positions.push(await write(stores.log, counters, { id: `c${String(n).padStart(2, '0')}` }, facts));
    }
    projector = startProjector({ ...deps(), projections: [countersOf(counters)] });
    expect(await reads.waitFor(['test_counters'], positions.at(-1) ?? 0n, 10_000)).to.equal(true);
  });
  after(async () => {
    await projector.stop();
    await reads.close();
    await stores.close();
  });

  it('finds no difference where there is none', async () => {
    const found = await verify();
    expect(found).to.include({ projection: 'test_counters', rows: 20, differences: 0, first: undefined });
    expect(found.position >= (positions.at(-1) ?? 0n)).to.equal(true);
  });

  for (const [what, plant, expected] of [
    [
      'a changed row',
      `update read_models.test_counters set total = 99 where id = 'c07'`,
      { id: 'c07', live: 99, replayed: 7 },
    ],
    [
      'a missing row',
      `delete from read_models.test_counters where id = 'c03'`,
      { id: 'c03', live: undefined, replayed: 3 },
    ],
    [
      'a row too many',
      `insert into read_models.test_counters values ('acme', 'a00', 'x', 1, 1, 1)`,
      { id: 'a00', live: 1, replayed: undefined },
    ],
  ] as const) {
    it(`finds ${what}`, async () => {
      await stores.owner.run(sql`create table read_models.before as table read_models.test_counters`);
      try {
        await stores.owner.run(rawSql(plant));
        const { differences, first } = await verify();
        expect(differences).to.equal(1);
        expect(first?.table).to.equal('test_counters');
        expect(first?.key).to.deep.equal({ tenant_id: 'acme', id: expected.id });
        expect(first?.live?.['total']).to.equal(expected.live);
        expect(first?.replayed?.['total']).to.equal(expected.replayed);
      } finally {
        await stores.owner.transaction(async (run) => {
          await run(sql`delete from read_models.test_counters`);
          await run(sql`insert into read_models.test_counters table read_models.before`);
          await run(sql`drop table read_models.before`);
        });
      }
    });
  }

  it('compares as of one position while facts keep coming', async () => {
    let on = true;
    const writing = (async () => {
      for (let n = 0; on; n++) await write(stores.log, counters, { id: 'c00' }, [counters.events.Added({ amount: n })]);
    })();
    try {
      for (let n = 0; n < 5; n++) expect(await verify()).to.include({ differences: 0 });
    } finally {
      on = false;
      await writing;
    }
  });

  it('replays up to a position exactly, into tables that only the owner may read', async () => {
    const upTo = positions[9] ?? 0n;
    const replayed = await replayInto(deps(), 'as_it_was', countersOf(counters), { upTo });
    expect(replayed.position).to.equal(upTo);
    const rows = await stores.owner.run(sql`select id, total from as_it_was.test_counters order by id`);
    expect(rows.map(({ total }) => total)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const refused = await stores.app
      .run(sql`select * from as_it_was.test_counters`)
      .catch((error: Error) => error.message);
    expect(refused).to.match(/permission denied for schema/);
    await replayed.drop();
    expect(await leftovers()).to.deep.equal([]);
  });

  it('drops what a replay that died has left behind', async () => {
    const making = { owner: 'dead', appRole: stores.app.role, state: 'scratch', schema: 'left_behind' } as const;
    await createTrack(stores.owner, countersOf(counters), making);
    expect(await leftovers()).to.have.length(2);
    await stores.owner.run(
      sql`update kernel.projections set heartbeat = now() - interval '1 hour' where state = 'scratch'`,
    );
    await until(async () => (await leftovers()).length === 0);
  });

  const leftovers = async (): Promise<readonly unknown[]> => {
    const rows = await stores.owner.run(sql`
      select nspname as name from pg_namespace where nspname like 'scratch%' or nspname in ('as_it_was', 'left_behind')
      union all select name from kernel.projections where state = 'scratch'`);
    return rows.map(({ name }) => name);
  };
});
