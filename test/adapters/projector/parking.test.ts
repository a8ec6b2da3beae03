import { expect } from 'chai';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { resumeParked } from '../../../src/adapters/projector/parked.ts';
import { type Projector, startProjector } from '../../../src/adapters/projector/projector.ts';
import { projectionStatus } from '../../../src/adapters/projector/status.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import type { Fact } from '../../../src/kernel/aggregate.ts';
import type { ReadModels } from '../../../src/kernel/pipeline/deps.ts';
import type { Projection } from '../../../src/kernel/projection.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import {
  type Counter,
  counterAggregate,
  countersOf,
  projectorStores,
  recorded,
  type TestStores,
  until,
  write,
} from './support.ts';

/** The read model with a fault: `fault` may throw, or give a statement that fails. */
function faulty(of: Counter, fault: (data: unknown, fact: Fact) => readonly Sql[], version = 1): Projection {
  const sound = countersOf(of);
  return {
    ...sound,
    version,
    on: sound.on.map((subscription) => ({
      ...subscription,
      handle: (event, fact) => [...(subscription.handle(event, fact) ?? []), ...fault(event.data, fact)],
    })),
  };
}

const badAmount = (data: unknown): boolean => (data as { amount?: number }).amount === 13;

describe('projector: poison', () => {
  let stores: TestStores;
  let reads: ReadModels & { close(): Promise<void> };
  let counters: Counter;
  let telemetry: ReturnType<typeof recorded>;
  const running: Projector[] = [];
  const start = (projection: Projection): Projector => {
    const { log, owner, app } = stores;
    const projector = startProjector({ log, owner, appRole: app.role, projections: [projection], telemetry });
    running.push(projector);
    return projector;
  };
  const parked = async (projection: Projection): Promise<readonly unknown[]> =>
    ((await projectionStatus(stores, projection)).live?.parked ?? []).map(({ stream, revision }) => ({
      stream,
      revision,
    }));
  const rows = (): Promise<unknown> =>
    reads.run('acme', sql`select id, total, revision from test_counters order by id`);
  const verify = (projection: Projection): ReturnType<typeof verifyProjection> =>
    verifyProjection({ ...stores, appRole: stores.app.role, telemetry }, projection);

  beforeEach(async () => {
    stores = await projectorStores();
    counters = counterAggregate();
    telemetry = recorded();
    reads = connectReadModels({ app: stores.app, telemetry });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((projector) => projector.stop()));
    await reads.close();
    await stores.close();
  });

  /** Two streams, one of which has a bad event in its middle and goes on after it. */
  async function writeBoth(): Promise<bigint> {
    const { events } = counters;
    const add = (amount: number): ReturnType<typeof events.Added> => events.Added({ amount });
    await write(stores.log, counters, { id: 'bad' }, [events.Opened({ title: 'bad' }), add(1), add(13), add(2)]);
    return write(stores.log, counters, { id: 'good' }, [events.Opened({ title: 'good' }), add(5), add(6)]);
  }

  for (const [what, fault] of [
    [
      'a handler that throws',
      (data: unknown): readonly Sql[] => {
        if (badAmount(data)) throw new RangeError('thirteen');
        return [];
      },
    ],
    ['a statement that fails', (data: unknown): readonly Sql[] => (badAmount(data) ? [sql`select 1 / ${0}::int`] : [])],
  ] as const) {
    it(`parks the stream of ${what}, goes on with the others, and replays it in order on resume`, async () => {
      let broken = true;
      const projection = faulty(counters, (data) => (broken ? fault(data) : []));
      const position = await writeBoth();
      const stream = `${counters.name}-acme.bad`;
      start(projection);
      expect(await reads.waitFor(['test_counters'], position, 5_000)).to.equal(true);
      expect(await rows()).to.deep.equal([
        { id: 'bad', total: 1, revision: 1 },
        { id: 'good', total: 11, revision: 2 },
      ]);
      expect(await parked(projection)).to.deep.equal([{ stream, revision: 2 }]);
      expect(telemetry.gauges.get('keyledger_projection_parked_streams test_counters')).to.equal(1);
      expect(telemetry.said.filter(({ level }) => level === 'error')).to.have.length(1);
      expect(await verify(projection)).to.include({ differences: 0, parkedStreams: 1 });

      // Still broken: it is parked again where it was, and later facts of it keep waiting.
      const later = await write(stores.log, counters, { id: 'bad' }, [counters.events.Added({ amount: 4 })]);
      expect(await reads.waitFor(['test_counters'], later, 5_000)).to.equal(true);
      expect(await resumeParked(stores.owner, 'test_counters')).to.equal(1);
      await until(() => telemetry.said.filter(({ level }) => level === 'error').length === 2);
      expect(await parked(projection)).to.deep.equal([{ stream, revision: 2 }]);

      broken = false;
      await resumeParked(stores.owner, 'test_counters');
      await until(async () => (await parked(projection)).length === 0);
      expect(await rows()).to.deep.equal([
        { id: 'bad', total: 20, revision: 4 },
        { id: 'good', total: 11, revision: 2 },
      ]);
      await until(() => telemetry.gauges.get('keyledger_projection_parked_streams test_counters') === 0);
      const next = await write(stores.log, counters, { id: 'bad' }, [counters.events.Added({ amount: 1 })]);
      expect(await reads.waitFor(['test_counters'], next, 5_000)).to.equal(true);
      expect(await verify(projection)).to.include({ differences: 0, parkedStreams: 0 });
    });
  }

  it('keeps a parked stream parked over a restart, and a newer version takes it up again', async () => {
    const fault = (data: unknown): readonly Sql[] => (badAmount(data) ? [sql`select 1 / 0`] : []);
    const position = await writeBoth();
    const first = start(faulty(counters, fault));
    expect(await reads.waitFor(['test_counters'], position, 5_000)).to.equal(true);
    await first.stop();
    const again = start(faulty(counters, fault));
    await until(() => again.status().tracks[0]?.parkedStreams === 1);
    const later = await write(stores.log, counters, { id: 'bad' }, [counters.events.Added({ amount: 4 })]);
    expect(await reads.waitFor(['test_counters'], later, 5_000)).to.equal(true);
    expect(await rows()).to.deep.include({ id: 'bad', total: 1, revision: 1 });
    await again.stop();
    start(faulty(counters, () => [], 2));
    await until(async () => (await parked(countersOf(counters))).length === 0);
    expect(await rows()).to.deep.include({ id: 'bad', total: 20, revision: 4 });
  });

  it('replays a long parked stream in pieces', async () => {
    let broken = true;
    const projection = faulty(counters, (data) => {
      if (broken && badAmount(data)) throw new RangeError('thirteen');
      return [];
    });
    const { events } = counters;
    await write(stores.log, counters, { id: 'long' }, [events.Opened({ title: 'long' }), events.Added({ amount: 13 })]);
    let position = 0n;
    for (let n = 0; n < 5; n++) {
      const facts = Array.from({ length: 100 }, () => events.Added({ amount: 1 }));
      position = await write(stores.log, counters, { id: 'long' }, facts);
    }
    start(projection);
    expect(await reads.waitFor(['test_counters'], position, 5_000)).to.equal(true);
    expect(await rows()).to.deep.equal([{ id: 'long', total: 0, revision: 0 }]);
    broken = false;
    await resumeParked(stores.owner, 'test_counters');
    await until(async () => (await parked(projection)).length === 0);
    expect(await rows()).to.deep.equal([{ id: 'long', total: 513, revision: 501 }]);
  });

  it('stops loudly at an event that is newer than the program, after what stands before it', async () => {
    const { events } = counters;
    const before = await write(stores.log, counters, { id: 'a' }, [events.Opened({ title: 'a' })]);
    const newer: Counter = { ...counters, versions: { Added: 2 } };
    await write(stores.log, newer, { id: 'a' }, [events.Added({ amount: 1 })]);
    const projector = start(countersOf(counters));
    await until(() => projector.status().stopped.length === 1);
    expect(projector.status().tracks).to.deep.equal([]);
    expect(projector.status().stopped[0]?.reason).to.match(/Added version 2 .* run the newer release/);
    expect(telemetry.said.some(({ level, message }) => level === 'error' && /stopped/.test(message))).to.equal(true);
    await until(async () => (await projectionStatus(stores, countersOf(counters))).live?.problem !== undefined);
    const { live } = await projectionStatus(stores, countersOf(counters));
    expect(live?.problem).to.match(/version 2/);
    expect(live?.position).to.equal(before);
    expect(live?.owner).to.equal(undefined);
    // The newer release goes on from there.
    start(countersOf({ ...newer, upcasts: { Added: { 1: (data) => data } } }));
    await until(async () => ((await rows()) as unknown[]).length === 1);
    await until(async () => JSON.stringify(await rows()) === JSON.stringify([{ id: 'a', total: 1, revision: 1 }]));
  });
});
