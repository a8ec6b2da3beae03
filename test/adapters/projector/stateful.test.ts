import { expect } from 'chai';
import { type Projector, startProjector } from '../../../src/adapters/projector/projector.ts';
import { rebuildProjection } from '../../../src/adapters/projector/rebuild.ts';
import { replayInto } from '../../../src/adapters/projector/replay.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { type Projection, type Run, statefulProjection } from '../../../src/kernel/projection.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent, type Telemetry } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import { type Counter, counterAggregate, projectorStores, recorded, type TestStores, until, write } from './support.ts';

/** A running sum over all counters: each row depends on the one before. */
function sums(of: Counter, fails: () => boolean = () => false): Projection {
  return statefulProjection({
    name: 'test_sums',
    version: 1,
    table:
      'create table test_sums (tenant_id text not null, n int primary key, counter text not null, sum int not null);',
    on: when(of, { Added: () => [] }),
    apply: async (events, run) => {
      const [last] = await run(sql`select n, sum from test_sums order by n desc limit 1`);
      let [n, sum] = [Number(last?.['n'] ?? 0), Number(last?.['sum'] ?? 0)];
      for (const { event, fact } of events) {
        if (fails()) throw new TypeError('a mistake of the program');
        [n, sum] = [n + 1, sum + (event.data as { amount: number }).amount];
        await insert(run, { tenant: fact.tenant, n, counter: fact.id, sum });
      }
    },
  });
}

async function insert(run: Run, row: { tenant: string; n: number; counter: string; sum: number }): Promise<void> {
  await run(sql`insert into test_sums values (${row.tenant}, ${row.n}, ${row.counter}, ${row.sum})`);
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

  it('wait at an event that cannot be applied, rather than pass it over', async () => {
    const telemetry = recorded();
    let broken = true;
    start(
      sums(counters, () => broken),
      telemetry,
    );
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
