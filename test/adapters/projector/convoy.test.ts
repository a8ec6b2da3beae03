import { expect } from 'chai';
import type pg from 'pg';
import { projectedChannel, told } from '../../../src/adapters/postgres/position-watch.ts';
import { Convoy } from '../../../src/adapters/projector/convoy.ts';
import { acquire, LeaseLost, type TrackRow } from '../../../src/adapters/projector/leases.ts';
import { type Projector, startProjector } from '../../../src/adapters/projector/projector.ts';
import { Track } from '../../../src/adapters/projector/track.ts';
import { createTrack } from '../../../src/adapters/projector/tracks.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { type Projection, projection, statefulProjection } from '../../../src/kernel/projection.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import { type Counter, counterAggregate, projectorStores, type TestStores, until, write } from './support.ts';

/** Titles of counters; a title of `bad` cannot be written. */
function titles(of: Counter, name: string, bad?: string): Projection {
  return projection({
    name,
    version: 1,
    table: `create table ${name} (tenant_id text not null, id text not null, title text not null, primary key (tenant_id, id));`,
    on: when(of, {
      Opened: ({ title }, { tenant, id }) => [
        title === bad ? sql`select 1 / 0` : sql`insert into ${rawSql(name)} values (${tenant}, ${id}, ${title})`,
      ],
    }),
  });
}

/** How many were opened before each: rows that depend on those before. */
function order(of: Counter): Projection {
  return statefulProjection({
    name: 'test_order',
    version: 1,
    table: 'create table test_order (tenant_id text not null, n int primary key, id text not null);',
    on: when(of, { Opened: () => [] }),
    apply: async (events, run, memory) => {
      const read = async (): Promise<number> => {
        const [last] = await run(sql`select coalesce(max(n), 0) as n from test_order`);
        return Number(last?.['n']);
      };
      const from = (memory.get('n') as number | undefined) ?? (await read());
      memory.set('n', from + events.length);
      return events.map(
        ({ fact }, index) => sql`insert into test_order values (${fact.tenant}, ${from + index + 1}, ${fact.id})`,
      );
    },
  });
}

/** A read model that nothing is there for. */
const idle = (name: string): Projection => ({ ...titles(counterAggregate(), name) });

describe('projector: batches that commit together', () => {
  let stores: TestStores;
  let counters: Counter;
  let listener: pg.Client;
  const payloads: string[] = [];
  const running: Projector[] = [];

  beforeEach(async () => {
    stores = await projectorStores();
    counters = counterAggregate();
    listener = await stores.app.session();
    listener.on('notification', ({ payload = '' }) => void payloads.push(payload));
    await listener.query(`listen ${projectedChannel}`);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((projector) => projector.stop()));
    await listener.end();
    await stores.close();
    payloads.length = 0;
  });

  const deps = () => ({ log: stores.log, owner: stores.owner, appRole: stores.app.role, telemetry: silent });
  const moved: string[] = [];
  const start = (projections: readonly Projection[]): Projector => {
    const onMoved = (name: string, position: bigint): void => void moved.push(`${name}:${position}`);
    const projector = startProjector({ ...deps(), projections, onMoved });
    running.push(projector);
    return projector;
  };
  const opened = (id: string, title = id): Promise<bigint> =>
    write(stores.log, counters, { id }, [counters.events.Opened({ title })]);
  const ids = async (table: string): Promise<readonly unknown[]> =>
    (await stores.owner.run(rawSql(`select id from read_models.${table} order by id`))).map(({ id }) => id);
  const toldOf = (position: bigint): readonly (readonly string[])[] =>
    payloads
      .map((payload) => told(payload).filter((each) => each.position >= position))
      .filter((each) => each.length > 0)
      .map((each) => each.map(({ name }) => name).sort());
  const live = async (of: Projection, owner = 'one'): Promise<Track> => {
    const row = await createTrack(stores.owner, of, { owner, appRole: stores.app.role, state: 'live' });
    return Track.open(deps(), of, row as TrackRow);
  };
  const page = () => stores.log.readAll({ max: 500, typePrefixes: [counters.name] });

  it('moves the read models that nothing was there for with the others, and tells all of it at once', async () => {
    const projector = start([titles(counters, 'test_one'), titles(counters, 'test_two'), idle('test_idle')]);
    const first = await opened('a');
    await until(
      () =>
        projector.status().tracks.length === 3 &&
        projector.status().tracks.every(({ position = 0n }) => position >= first),
    );
    const position = await opened('b');
    await until(() => toldOf(position).length > 0);
    expect(toldOf(position)[0]).to.deep.equal(['test_idle', 'test_one', 'test_two']);
    const rows = await stores.owner.run(sql`select distinct position >= ${position} as there from kernel.projections`);
    expect(rows).to.deep.equal([{ there: true }]);
    for (const name of ['test_idle', 'test_one', 'test_two']) expect(moved).to.include(`${name}:${position}`);
    expect(await ids('test_one')).to.deep.equal(['a', 'b']);
  });

  it('parks what one of them cannot take, and the others go on, stateful ones once', async () => {
    const projections = [titles(counters, 'test_sound'), titles(counters, 'test_sick', 'bad'), order(counters)];
    const projector = start(projections);
    for (const [id, title] of [
      ['a', 'good'],
      ['b', 'bad'],
      ['c', 'good'],
      ['d', 'good'],
    ] as const) {
      const position = await opened(id, title);
      await until(
        () =>
          projector.status().tracks.length === 3 &&
          projector.status().tracks.every((track) => (track.position ?? 0n) >= position),
      );
    }
    expect(await ids('test_sound')).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(await ids('test_sick')).to.deep.equal(['a', 'c', 'd']);
    expect(await stores.owner.run(sql`select n, id from read_models.test_order order by n`)).to.deep.equal(
      ['a', 'b', 'c', 'd'].map((id, index) => ({ n: index + 1, id })),
    );
    expect(await stores.owner.run(sql`select projection, stream from kernel.parked_streams`)).to.deep.equal([
      { projection: 'test_sick', stream: `${counters.name}-acme.b` },
    ]);
    for (const each of projections) expect(await verifyProjection(deps(), each)).to.include({ differences: 0 });
  });

  it('keeps nothing of one whose lease somebody else has taken, and takes the others on', async () => {
    const [sound, stale, still] = [titles(counters, 'test_sound'), titles(counters, 'test_stale'), idle('test_idle')];
    const tracks = [await live(sound), await live(stale), await live(still)] as const;
    const position = await opened('a');
    await stores.owner.run(sql`
      update kernel.projections set heartbeat = now() - interval '4 seconds' where name <> 'test_sound'`);
    const fences = tracks.slice(1).map(({ row }) => row);
    expect(await acquire(stores.owner, 'two', fences)).to.have.length(2);
    const convoy = new Convoy(stores.owner);
    const fallen = await convoy.deliver(tracks, await page(), position);
    expect(fallen.map(({ track, error }) => [track.name, error instanceof LeaseLost])).to.deep.equal([
      ['test_stale', true],
    ]);
    expect(await ids('test_sound')).to.deep.equal(['a']);
    expect(await ids('test_stale')).to.deep.equal([]);
    const stands = await stores.owner.run(sql`select name from kernel.projections where position is not null`);
    expect(stands).to.deep.equal([{ name: 'test_sound' }]);
    // What it told the others of is not so.
    expect(toldOf(position).flat()).to.deep.equal(['test_sound']);
  });

  it('takes each on from where it stands', async () => {
    const tracks = [await live(titles(counters, 'test_near')), await live(titles(counters, 'test_far'))] as const;
    const first = await opened('a');
    await tracks[0].apply((await page()).events, first);
    const second = await opened('b');
    const convoy = new Convoy(stores.owner);
    expect(await convoy.deliver(tracks, await page(), second)).to.deep.equal([]);
    expect(tracks.map(({ saved }) => saved)).to.deep.equal([second, second]);
    expect(await ids('test_near')).to.deep.equal(['a', 'b']);
    expect(await ids('test_far')).to.deep.equal(['a', 'b']);
  });
});
