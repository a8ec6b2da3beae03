import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { type Projector, startProjector } from '../../../src/adapters/projector/projector.ts';
import { RebuildRefused, rebuildProjection } from '../../../src/adapters/projector/rebuild.ts';
import { projectionStatus } from '../../../src/adapters/projector/status.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import type { ReadModels } from '../../../src/kernel/pipeline/deps.ts';
import type { Projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import {
  type Counter,
  counterAggregate,
  countersOf,
  projectorStores,
  type TestStores,
  until,
  write,
} from './support.ts';

/** The next version of the read model: another column, and titles in capitals. */
function secondVersion(of: Counter): Projection {
  return countersOf(of, {
    version: 2,
    table: `create table test_counters (
      tenant_id text not null, id text not null, title text not null, adds int not null default 0, primary key (tenant_id, id));`,
    on: [
      when(of, {
        Opened: ({ title }, { tenant, id }) => [
          sql`insert into test_counters (tenant_id, id, title) values (${tenant}, ${id}, ${title.toUpperCase()})`,
        ],
        Added: (_, { tenant, id }) => [
          sql`update test_counters set adds = adds + 1 where tenant_id = ${tenant} and id = ${id}`,
        ],
      }),
    ],
  });
}

describe('projector: rebuild', () => {
  let stores: TestStores;
  let reads: ReadModels & { close(): Promise<void> };
  const running: Projector[] = [];
  let counters: Counter;
  let events: Counter['events'];
  const deps = (): Parameters<typeof rebuildProjection>[0] => ({
    log: stores.log,
    owner: stores.owner,
    appRole: stores.app.role,
    telemetry: silent,
  });
  const start = (projection: Projection): Projector => {
    const projector = startProjector({ ...deps(), projections: [projection] });
    running.push(projector);
    return projector;
  };
  const schemas = async (): Promise<readonly unknown[]> =>
    (
      await stores.owner.run(
        sql`select nspname from pg_namespace where nspname like 'build%' or nspname like 'scratch%'`,
      )
    ).map(({ nspname }) => nspname);

  beforeEach(async () => {
    stores = await projectorStores();
    counters = counterAggregate();
    ({ events } = counters);
    reads = connectReadModels({ app: stores.app, telemetry: silent });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((projector) => projector.stop()));
    await reads.close();
    await stores.close();
  });

  it('rebuilds beside live reads and writes: no read fails, none goes back', async function () {
    this.timeout(60_000);
    for (let n = 0; n < 30; n++) {
      const facts = [events.Opened({ title: 't' }), ...Array.from({ length: 40 }, () => events.Added({ amount: 1 }))];
      await write(stores.log, counters, { id: `c${n}` }, facts);
    }
    start(countersOf(counters));
    const first = await write(stores.log, counters, { id: 'hot' }, [events.Opened({ title: 'hot' })]);
    expect(await reads.waitFor(['test_counters'], first, 10_000)).to.equal(true);
    let on = true;
    let written = 0;
    let seen = 0;
    let count = 0;
    const readers = [1, 2, 3].map(async () => {
      while (on) {
        const before = seen;
        const [row] = await reads.run(
          'acme',
          sql`select total, (select count(*)::int from test_counters) as n
          from test_counters where id = 'hot'`,
        );
        expect(row?.['n']).to.equal(31);
        expect(row?.['total']).to.be.at.least(before);
        seen = Math.max(seen, Number(row?.['total']));
        count++;
      }
    });
    const writer = (async () => {
      while (on) {
        const position = await write(stores.log, counters, { id: 'hot' }, [events.Added({ amount: 1 })]);
        written++;
        expect(await reads.waitFor(['test_counters'], position, 10_000)).to.equal(true);
      }
    })();
    try {
      for (let round = 2; round < 8; round++) {
        const { generation } = await rebuildProjection(deps(), countersOf(counters));
        expect(generation).to.equal(round);
        await sleep(300);
      }
    } finally {
      on = false;
      await Promise.all([...readers, writer]);
    }
    expect(count).to.be.greaterThan(100);
    expect(written).to.be.greaterThan(10);
    expect(await verifyProjection(deps(), countersOf(counters))).to.include({ differences: 0, rows: 31 });
    expect(await schemas()).to.deep.equal([]);
  });

  it('lets plans know the size of what it has built', async () => {
    for (let n = 0; n < 40; n++) await write(stores.log, counters, { id: `c${n}` }, [events.Opened({ title: 't' })]);
    await rebuildProjection(deps(), countersOf(counters));
    const sizes = await stores.owner.run(sql`
      select reltuples::int as rows from pg_class where oid = 'read_models.test_counters'::regclass`);
    expect(sizes).to.deep.equal([{ rows: 40 }]);
  });

  it('builds a raised version beside the old one, and leaves it alone when run by the older release', async () => {
    const first = await write(stores.log, counters, { id: 'a' }, [events.Opened({ title: 'a' })]);
    const old = start(countersOf(counters));
    expect(await reads.waitFor(['test_counters'], first, 5_000)).to.equal(true);
    start(secondVersion(counters));
    const titles = async (): Promise<unknown> =>
      (await reads.run('acme', sql`select title from test_counters where id = 'a'`))[0]?.['title'];
    await until(async () => (await titles()) === 'A');
    await until(() => old.status().tracks.length === 0);
    const next = await write(stores.log, counters, { id: 'a' }, [events.Added({ amount: 7 })]);
    expect(await reads.waitFor(['test_counters'], next, 5_000)).to.equal(true);
    expect(await reads.run('acme', sql`select adds from test_counters where id = 'a'`)).to.deep.equal([{ adds: 1 }]);
    const status = await projectionStatus(deps(), secondVersion(counters));
    expect(status.live).to.include({ version: 2, generation: 2 });
    expect(status.building).to.equal(undefined);
    await refused(rebuildProjection(deps(), countersOf(counters)), /live at version 2.*version 1/);
    await refused(verifyProjection(deps(), countersOf(counters)), /live at version 2/);
    expect(await schemas()).to.deep.equal([]);
  });

  it('leaves nothing behind when it is cancelled, and refuses to build twice at a time', async () => {
    for (let n = 0; n < 200; n++) await write(stores.log, counters, { id: `x${n}` }, [events.Opened({ title: 'x' })]);
    start(countersOf(counters));
    await until(async () => (await projectionStatus(deps(), countersOf(counters))).live?.position !== undefined);
    const cancel = new AbortController();
    const slow = countersOf(counters, {
      on: countersOf(counters).on.map((subscription) => ({
        ...subscription,
        handle: (event, fact) => [sql`select pg_sleep(0.01)`, ...(subscription.handle(event, fact) ?? [])],
      })),
    });
    const cancelled = rebuildProjection(deps(), slow, { signal: cancel.signal });
    cancelled.catch(() => undefined);
    await until(async () => (await schemas()).length === 1);
    await refused(rebuildProjection(deps(), countersOf(counters)), /being built already/);
    cancel.abort(new Error('cancelled by the operator'));
    await refused(cancelled, /cancelled by the operator/);
    expect(await schemas()).to.deep.equal([]);
    expect(await verifyProjection(deps(), countersOf(counters))).to.include({ differences: 0 });
  });

  it('finishes a build whose process died', async () => {
    await write(stores.log, counters, { id: 'a' }, [events.Opened({ title: 'a' })]);
    start(countersOf(counters));
    await until(async () => (await projectionStatus(deps(), countersOf(counters))).live?.position !== undefined);
    const row = await stores.owner.transaction(async (run) => {
      await run(sql`create schema build_left`);
      await run(sql`create table build_left.test_counters (like read_models.test_counters including all)`);
      return run(sql`
        insert into kernel.projections (name, generation, version, state, schema, tables, owner, epoch, heartbeat)
        values ('test_counters', 2, 1, 'building', 'build_left', '{test_counters}', 'dead', 4, now() - interval '1 minute')`);
    });
    expect(row).to.deep.equal([]);
    await until(async () => (await projectionStatus(deps(), countersOf(counters))).live?.generation === 2);
    expect(await schemas()).to.deep.equal([]);
    expect(await verifyProjection(deps(), countersOf(counters))).to.include({ differences: 0, rows: 1 });
  });

  async function refused(work: Promise<unknown>, why: RegExp): Promise<void> {
    const error = await work.then(
      () => undefined,
      (failure: Error) => failure,
    );
    expect(error, 'an error').to.be.instanceOf(Error);
    expect(error?.message).to.match(why);
    if (/version 2.*version 1/.test(String(why))) expect(error).to.be.instanceOf(RebuildRefused);
  }
});
