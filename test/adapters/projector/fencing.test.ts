import { expect } from 'chai';
import { decide } from '../../../src/adapters/projector/decide.ts';
import { acquire, inventory, LeaseLost, type TrackRow } from '../../../src/adapters/projector/leases.ts';
import { swap } from '../../../src/adapters/projector/swap.ts';
import { Track } from '../../../src/adapters/projector/track.ts';
import { createTrack, dropTrack } from '../../../src/adapters/projector/tracks.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { type Counter, counterAggregate, countersOf, projectorStores, type TestStores, write } from './support.ts';

describe('projector: fencing', () => {
  let stores: TestStores;
  let counters: Counter;
  let row: TrackRow;

  beforeEach(async () => {
    stores = await projectorStores();
    counters = counterAggregate();
    const { owner, app } = stores;
    const made = await createTrack(owner, countersOf(counters), { owner: 'one', appRole: app.role, state: 'live' });
    row = made as TrackRow;
  });
  afterEach(() => stores.close());

  const open = (of: TrackRow): Promise<Track> => Track.open({ ...stores, telemetry: silent }, countersOf(counters), of);
  const rows = async (): Promise<readonly unknown[]> => stores.owner.run(sql`select id from read_models.test_counters`);
  const expire = (): Promise<unknown> =>
    stores.owner.run(sql`update kernel.projections set heartbeat = now() - interval '4 seconds'`);

  async function facts(id: string): Promise<readonly LogEvent[]> {
    await write(stores.log, counters, { id }, [counters.events.Opened({ title: id })]);
    const { events } = await stores.log.readAll({ max: 10, typePrefixes: [counters.name] });
    return events.filter(({ stream }) => stream.endsWith(`.${id}`));
  }

  const last = (events: readonly LogEvent[]): bigint => events.at(-1)?.position ?? 0n;

  it('rolls back the batch of an owner whose lease somebody else has taken', async () => {
    const stale = await open(row);
    const events = await facts('a');
    await expire();
    const [taken] = await acquire(stores.owner, 'two', [row]);
    expect(taken).to.include({ owner: 'two', epoch: 2 });
    const error = await stale.apply(events, last(events)).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(LeaseLost);
    expect(await rows()).to.deep.equal([]);
    const fresh = await open(taken as TrackRow);
    await fresh.apply(events, last(events));
    expect(await rows()).to.deep.equal([{ id: 'a' }]);
  });

  it('rolls back a batch that begins where the checkpoint does not stand', async () => {
    const [one, two] = [await open(row), await open(row)];
    const events = await facts('a');
    await one.apply(events, last(events));
    const error = await two.apply(events, last(events)).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(LeaseLost);
    expect(await rows()).to.deep.equal([{ id: 'a' }]);
    expect((await stores.owner.run(sql`select stream from kernel.parked_streams`)).length).to.equal(0);
  });

  it('rolls back the batch of an owner whose table set was dropped and whose number was given away', async () => {
    const events = await facts('a');
    const stale = await open(row);
    await expire();
    expect(await dropTrack(stores.owner, row)).to.equal(true);
    const making = { owner: 'another', appRole: stores.app.role, state: 'live' } as const;
    const again = await createTrack(stores.owner, countersOf(counters), making);
    expect(again).to.include({ generation: row.generation, epoch: row.epoch });
    const error = await stale.apply(events, last(events)).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(LeaseLost);
    expect(await dropTrack(stores.owner, row, stale)).to.equal(false);
    expect(await rows()).to.deep.equal([]);
  });

  it('never swaps an older version in for a newer one', async () => {
    const making = { owner: 'builder', appRole: stores.app.role, state: 'building' } as const;
    const built = await createTrack(stores.owner, countersOf(counters), making);
    await stores.owner.run(sql`update kernel.projections set version = 2 where state = 'live'`);
    const error = await swap(stores.owner, await open(built as TrackRow)).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(LeaseLost);
    await expire();
    const seen = await inventory(stores.owner.run, ['test_counters']);
    const decision = decide(countersOf(counters), seen);
    expect(decision).to.deep.include({ create: undefined, take: [], outdated: true });
    expect(decision.drop.map(({ generation }) => generation)).to.deep.equal([2]);
  });

  it('gives a lease to one of many who ask for it at once', async () => {
    await expire();
    const takers = Array.from({ length: 6 }, (_, n) => acquire(stores.owner, `taker-${n}`, [row]));
    const got = (await Promise.all(takers)).flat();
    expect(got).to.have.length(1);
    expect((await inventory(stores.owner.run, ['test_counters']))[0]).to.include({ epoch: 2, owner: got[0]?.owner });
    expect(await acquire(stores.owner, 'late', [{ ...row, epoch: 2 }])).to.deep.equal([]);
  });
});
