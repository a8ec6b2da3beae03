import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { type ProjectorProcess, startProcess } from './children.ts';
import {
  type Counter,
  counterAggregate,
  countersOf,
  projectorStores,
  type TestStores,
  until,
  write,
} from './support.ts';

/** Kills of one run; `KEYLEDGER_PROJECTOR_KILLS=50` for the long one. */
const kills = Number(process.env['KEYLEDGER_PROJECTOR_KILLS'] ?? 4);
const streams = 40;

/** Writes to many streams until told to stop; returns the last position. */
function load(stores: TestStores, of: Counter): { stop: () => Promise<bigint> } {
  let on = true;
  const writer = async (n: number): Promise<bigint> => {
    let last = 0n;
    for (let round = 0; on; round++) {
      const id = `s${(round * 4 + n) % streams}-${n}`;
      const event = round < streams / 4 ? of.events.Opened({ title: id }) : of.events.Added({ amount: round });
      last = await write(stores.log, of, { tenant: `tenant-${n}`, id }, [event]);
      await sleep(2);
    }
    return last;
  };
  const writers = [0, 1, 2, 3].map(writer);
  return {
    stop: async () => {
      on = false;
      return (await Promise.all(writers)).reduce((a, b) => (a > b ? a : b));
    },
  };
}

describe('projector: failover', () => {
  let stores: TestStores;
  const processes: ProjectorProcess[] = [];

  beforeEach(async () => {
    stores = await projectorStores();
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) {
      await process.signal('SIGCONT');
      await process.signal('SIGKILL');
    }
    await stores.close();
  });

  const spawn = (of: Counter): ProjectorProcess => {
    const process = startProcess(stores, of);
    processes.push(process);
    return process;
  };
  const deps = (): Parameters<typeof verifyProjection>[0] => ({
    log: stores.log,
    owner: stores.owner,
    appRole: stores.app.role,
    telemetry: silent,
  });
  const live = async (): Promise<{ position: bigint; owner: string; fresh: boolean } | undefined> =>
    (
      await stores.owner.run(
        sql`select position, owner, heartbeat > clock_timestamp() - interval '3 seconds' as fresh
          from kernel.projections where state = 'live' and position is not null`,
      )
    )[0] as never;

  it(`loses and doubles nothing in ${kills} kills under load`, async function () {
    this.timeout(30_000 + kills * 10_000);
    const counters = counterAggregate();
    const loading = load(stores, counters);
    let before = -1n;
    for (let round = 0; round < kills; round++) {
      const child = spawn(counters);
      await until(async () => ((await live())?.position ?? -1n) > before);
      await sleep(Math.random() * 400);
      await child.signal('SIGKILL');
      before = (await live())?.position ?? -1n;
    }
    const position = await loading.stop();
    const projector = startProjector({ ...deps(), projections: [countersOf(counters)] });
    const reads = connectReadModels({ app: stores.app, telemetry: silent });
    try {
      expect(await reads.waitFor(['test_counters'], position, 15_000)).to.equal(true);
      const found = await verifyProjection(deps(), countersOf(counters));
      expect(found).to.include({ differences: 0, parkedStreams: 0, rows: streams });
      expect(found.position >= position).to.equal(true);
      // What was applied twice, or not at all, would show in the count.
      const broken = await stores.owner.run(sql`select * from read_models.test_counters where events <> revision + 1`);
      expect(broken).to.deep.equal([]);
    } finally {
      await reads.close();
      await projector.stop();
    }
  });

  it('applies nothing twice when it is killed between the rows and the checkpoint', async function () {
    this.timeout(60_000);
    const counters = counterAggregate();
    const { events } = counters;
    const child = spawn(counters);
    await write(stores.log, counters, { id: 'a' }, [events.Opened({ title: 'a' })]);
    await until(
      async () => (await stores.owner.run(sql`select from pg_tables where tablename = 'test_counters'`)).length > 0,
    );
    await until(async () => (await stores.owner.run(sql`select from read_models.test_counters`)).length > 0);
    const blocked = sql`
      select from pg_stat_activity where wait_event_type = 'Lock' and query like '%update kernel.projections set position%'`;
    let last = 0n;
    await stores.owner.transaction(async (run) => {
      await run(sql`select from kernel.projections for update`);
      last = await write(stores.log, counters, { id: 'a' }, [events.Added({ amount: 5 })]);
      await until(async () => (await stores.owner.run(blocked)).length > 0, 5);
      await child.signal('SIGKILL');
    });
    const projector = startProjector({ ...deps(), projections: [countersOf(counters)] });
    const reads = connectReadModels({ app: stores.app, telemetry: silent });
    try {
      expect(await reads.waitFor(['test_counters'], last, 15_000)).to.equal(true);
      const rows = await reads.run('acme', sql`select id, total, events from test_counters`);
      expect(rows).to.deep.equal([{ id: 'a', total: 5, events: 2 }]);
    } finally {
      await reads.close();
      await projector.stop();
    }
  });

  it('hands over to another process when one hangs, which finds that it owns nothing when it wakes up', async function () {
    this.timeout(60_000);
    const counters = counterAggregate();
    const first = spawn(counters);
    await until(async () => {
      await write(stores.log, counters, { id: 'x' }, [counters.events.Added({ amount: 1 })]);
      return (await live()) !== undefined;
    });
    const second = startProjector({ ...deps(), projections: [countersOf(counters)] });
    const reads = connectReadModels({ app: stores.app, telemetry: silent });
    const loading = load(stores, counters);
    try {
      await sleep(500);
      expect(second.status().tracks).to.deep.equal([]);
      await first.signal('SIGSTOP');
      const stopped = performance.now();
      await until(() => second.status().tracks.length === 1);
      // The lease ends after three seconds of silence, by the database's clock.
      expect(performance.now() - stopped).to.be.lessThan(5_000);
      const position = await write(stores.log, counters, { id: 'y' }, [counters.events.Opened({ title: 'y' })]);
      expect(await reads.waitFor(['test_counters'], position, 5_000)).to.equal(true);
      // The one that hung wakes up in the middle of what it did, and finds that it owns nothing.
      await first.signal('SIGCONT');
      await sleep(500);
      const last = await loading.stop();
      expect(await reads.waitFor(['test_counters'], last, 10_000)).to.equal(true);
      expect(first.alive()).to.equal(true);
      expect(second.status().tracks).to.have.length(1);
      expect(await verifyProjection(deps(), countersOf(counters))).to.include({ differences: 0, parkedStreams: 0 });
    } finally {
      await loading.stop();
      await reads.close();
      await second.stop();
    }
  });

  it('gives its lease up when it stops, so that the next need not wait', async () => {
    const projections = [countersOf(counterAggregate())];
    const first = startProjector({ ...deps(), projections });
    await until(() => first.status().tracks.length === 1);
    await first.stop();
    expect(await stores.owner.run(sql`select owner from kernel.projections`)).to.deep.equal([{ owner: null }]);
  });
});
