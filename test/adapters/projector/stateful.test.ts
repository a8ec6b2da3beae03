import { expect } from 'chai';
import type { TrackRow } from '../../../src/adapters/projector/leases.ts';
import { type Projector, startProjector } from '../../../src/adapters/projector/projector.ts';
import { rebuildProjection } from '../../../src/adapters/projector/rebuild.ts';
import { replayInto } from '../../../src/adapters/projector/replay.ts';
import { Track } from '../../../src/adapters/projector/track.ts';
import { createTrack } from '../../../src/adapters/projector/tracks.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { type Projection, statefulProjection } from '../../../src/kernel/projection.ts';
import { rawSql, type Sql, sql } from '../../../src/kernel/sql.ts';
import { silent, type Telemetry } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import { type Counter, counterAggregate, projectorStores, recorded, type TestStores, until, write } from './support.ts';

interface Sum {
  readonly n: number;
  readonly sum: number;
}

/** A running sum over all counters: each row depends on the one before. */
function sums(
  of: Counter,
  { fails = () => false, onRead = () => undefined }: { fails?: () => boolean; onRead?: () => void } = {},
): Projection {
  return statefulProjection({
    name: 'test_sums',
    version: 1,
    table:
      'create table test_sums (tenant_id text not null, n int primary key, counter text not null, sum int not null);',
    on: when(of, { Added: () => [] }),
    apply: async (events, run, memory) => {
      const read = async (): Promise<Sum> => {
        onRead();
        const [last] = await run(sql`select n, sum from test_sums order by n desc limit 1`);
        return { n: Number(last?.['n'] ?? 0), sum: Number(last?.['sum'] ?? 0) };
      };
      let { n, sum } = (memory.get('last') as Sum | undefined) ?? (await read());
      const inserts: Sql[] = [];
      for (const { event, fact } of events) {
        [n, sum] = [n + 1, sum + (event.data as { amount: number }).amount];
        memory.set('last', { n, sum });
        if (fails()) throw new TypeError('a mistake of the program');
        inserts.push(sql`insert into test_sums values (${fact.tenant}, ${n}, ${fact.id}, ${sum})`);
      }
      return inserts;
    },
  });
}

/** What was added, and as much as was told of ahead by then. */
function withBonus(of: Counter): Projection {
  return statefulProjection({
    name: 'test_bonus',
    version: 1,
    table: `
      create table test_bonus (tenant_id text not null, amount int not null);
      create table test_bonus_told (tenant_id text not null, title text primary key);`,
    on: when(of, { Added: () => [], Opened: () => [] }),
    ahead: {
      types: [`${of.name}.Opened`],
      take: async (events, run) => {
        for (const { event, fact } of events) {
          const { title } = event.data as { title: string };
          await run(sql`insert into test_bonus_told values (${fact.tenant}, ${title}) on conflict do nothing`);
        }
      },
    },
    apply: async (events, run, memory) => {
      const told = memory.get('told') ?? (await run(sql`select title from test_bonus_told`)).length;
      memory.set('told', told);
      return events.flatMap(({ event, fact }) => {
        const { amount } = event.data as { amount?: number };
        if (amount === undefined) return [];
        return [sql`insert into test_bonus values (${fact.tenant}, ${amount + Number(told)})`];
      });
    },
  });
}

describe('projector: stateful read models', () => {
  let stores: TestStores;
  let counters: Counter;
  const running: Projector[] = [];
  const deps = (telemetry: Telemetry = silent) => ({
    log: stores.log,
    owner: stores.owner,
    appRole: stores.app.role,
    telemetry,
  });
  const start = (projection: Projection, telemetry?: Telemetry): void => {
    running.push(startProjector({ ...deps(telemetry), projections: [projection] }));
  };
  const rows = async (): Promise<readonly unknown[]> =>
    stores.owner.run(sql`select counter, sum from read_models.test_sums order by n`).catch(() => []);

  beforeEach(async () => {
    stores = await projectorStores();
    counters = counterAggregate();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((projector) => projector.stop()));
    await stores.close();
  });

  it('go on from their own rows, and are the same when rebuilt, verified and replayed', async () => {
    start(sums(counters));
    for (const [index, id] of ['a', 'b', 'a'].entries()) {
      await write(stores.log, counters, { id }, [counters.events.Added({ amount: index + 1 })]);
      await until(async () => (await rows()).length === index + 1);
    }
    expect(await rows()).to.deep.equal([
      { counter: 'a', sum: 1 },
      { counter: 'b', sum: 3 },
      { counter: 'a', sum: 6 },
    ]);
    expect(await verifyProjection(deps(), sums(counters))).to.include({ rows: 3, differences: 0 });
    await rebuildProjection(deps(), sums(counters));
    expect(await rows()).to.have.lengthOf(3);
    const replayed = await replayInto(deps(), 'scratch_sums', sums(counters));
    expect(await stores.owner.run(rawSql('select sum from scratch_sums.test_sums order by n'))).to.deep.equal([
      { sum: 1 },
      { sum: 3 },
      { sum: 6 },
    ]);
    await replayed.drop();
  });

  it('read their rows once, and again where a batch was not committed', async () => {
    let reads = 0;
    start(sums(counters, { onRead: () => reads++ }));
    const add = async (amount: number): Promise<void> => {
      await write(stores.log, counters, { id: 'a' }, [counters.events.Added({ amount })]);
    };
    for (const amount of [1, 2, 3]) {
      await add(amount);
      await until(async () => (await rows()).length === amount);
    }
    expect(reads).to.equal(1);
    await stores.owner.run(
      rawSql('alter table read_models.test_sums add constraint test_sums_small check (sum < 10) not valid'),
    );
    await add(4);
    await until(() => reads > 1);
    await stores.owner.run(rawSql('alter table read_models.test_sums drop constraint test_sums_small'));
    await until(async () => (await rows()).length === 4);
    await add(5);
    await until(async () => (await rows()).length === 5);
    const sumsThere = (await rows()).map((row) => (row as Sum).sum);
    expect(sumsThere).to.deep.equal([1, 3, 6, 10, 15]);
    expect(await verifyProjection(deps(), sums(counters))).to.include({ rows: 5, differences: 0 });
  });

  it('forget while they are built what they are told of ahead', async () => {
    const { app, log, owner } = stores;
    const projection = withBonus(counters);
    const made = await createTrack(owner, projection, { owner: 'one', appRole: app.role, state: 'building' });
    const track = await Track.open({ log, owner, telemetry: silent }, projection, made as TrackRow);
    const follow = async (): Promise<void> => {
      const { events, next = 0n } = await log.readAll({
        after: track.position,
        max: 10,
        typePrefixes: [counters.name],
      });
      await track.apply(events, next);
    };
    await write(log, counters, { id: 'a' }, [counters.events.Added({ amount: 10 })]);
    await follow();
    await write(log, counters, { id: 'a' }, [counters.events.Added({ amount: 20 })]);
    await write(log, counters, { id: 'b' }, [counters.events.Opened({ title: 'told' })]);
    await follow();
    const amounts = await owner.run(rawSql(`select amount from "${track.row.schema}".test_bonus order by amount`));
    expect(amounts).to.deep.equal([{ amount: 10 }, { amount: 21 }]);
  });

  it('wait at an event that cannot be applied, rather than pass it over', async () => {
    const telemetry = recorded();
    let broken = true;
    start(sums(counters, { fails: () => broken }), telemetry);
    await write(stores.log, counters, { id: 'a' }, [counters.events.Added({ amount: 1 })]);
    await write(stores.log, counters, { id: 'b' }, [counters.events.Added({ amount: 2 })]);
    await until(() => telemetry.said.some(({ facts }) => facts['error'] === 'a mistake of the program'));
    expect(await rows()).to.deep.equal([]);
    broken = false;
    await until(async () => (await rows()).length === 2);
    expect(await rows()).to.deep.equal([
      { counter: 'a', sum: 1 },
      { counter: 'b', sum: 3 },
    ]);
    expect(await stores.owner.run(sql`select from kernel.parked_streams`)).to.have.lengthOf(0);
  });
});
