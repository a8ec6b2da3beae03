import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { ReadModels } from '../../../src/kernel/pipeline/deps.ts';
import { type Projection, projection } from '../../../src/kernel/projection.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';
import { sharedStores } from '../../support/stores.ts';
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

describe('projector', () => {
  let stores: TestStores;
  let reads: ReadModels & { close(): Promise<void> };
  const telemetry = recorded();

  before(async () => {
    stores = await projectorStores();
    reads = connectReadModels({ app: stores.app, telemetry });
  });
  after(async () => {
    await reads.close();
    await stores.close();
  });

  it('applies facts in order, and a reader who waits for a position sees them', async () => {
    const { log, owner, app } = stores;
    const counters = counterAggregate();
    await write(log, counters, { id: 'early' }, [counters.events.Opened({ title: 'early' })]);
    const projector = startProjector({ log, owner, appRole: app.role, projections: [countersOf(counters)], telemetry });
    try {
      let position = 0n;
      for (let n = 0; n < 50; n++) {
        position = await write(log, counters, { id: 'a' }, [
          n === 0 ? counters.events.Opened({ title: 'a' }) : counters.events.Added({ amount: n }),
        ]);
      }
      expect(await reads.waitFor(['test_counters'], position, 5_000)).to.equal(true);
      const rows = await reads.run('acme', sql`select * from test_counters order by id`);
      expect(rows).to.deep.equal([
        { tenant_id: 'acme', id: 'a', title: 'a', total: 1_225, events: 50, revision: 49 },
        { tenant_id: 'acme', id: 'early', title: 'early', total: 0, events: 1, revision: 0 },
      ]);
      expect(projector.status().tracks).to.have.length(1);
    } finally {
      await projector.stop();
    }
    expect(await reads.waitFor(['test_counters'], 1n << 60n, 50)).to.equal(false);
  });

  it('lets a read model see positions at which nothing was there for it', async () => {
    const { log, owner, app } = stores;
    const [counters, others] = [counterAggregate(), counterAggregate()];
    const projections = [countersOf(counters, { name: 'test_idle', table: tableOf('test_idle'), on: [] })];
    const projector = startProjector({ log, owner, appRole: app.role, projections, telemetry });
    try {
      for (let n = 0; n < 20; n++) {
        const position = await write(log, others, { id: `n${n}` }, [others.events.Opened({ title: 'x' })]);
        expect(await reads.waitFor(['test_idle'], position, 5_000)).to.equal(true);
      }
    } finally {
      await projector.stop();
    }
  });

  it('keeps many read models up to date side by side, and takes them up again where they were', async function () {
    this.timeout(60_000);
    const { log, owner, app } = stores;
    const counters = counterAggregate();
    const names = Array.from({ length: 60 }, (_, n) => `test_many_${n}`);
    const projections = names.map((name) => titles(counters, name));
    for (let round = 0; round < 2; round++) {
      const projector = startProjector({ log, owner, appRole: app.role, projections, telemetry });
      try {
        for (let n = 0; n < 5; n++) {
          const id = `r${round}-${n}`;
          const position = await write(log, counters, { id }, [counters.events.Opened({ title: id })]);
          expect(await reads.waitFor(names, position, 20_000)).to.equal(true);
        }
        expect(projector.status().tracks).to.have.length(60);
      } finally {
        await projector.stop();
      }
    }
    for (const name of names) {
      const rows = await owner.run(rawSql(`select id from read_models.${name}`));
      expect(rows).to.have.length(10);
    }
  });

  it('does not let one read model that cannot write hold up the others', async () => {
    const { log, owner, app } = stores;
    const counters = counterAggregate();
    const projections = [titles(counters, 'test_stuck'), titles(counters, 'test_free')];
    const projector = startProjector({ log, owner, appRole: app.role, projections, telemetry });
    try {
      const first = await write(log, counters, { id: 'a' }, [counters.events.Opened({ title: 'a' })]);
      expect(await reads.waitFor(['test_stuck', 'test_free'], first, 5_000)).to.equal(true);
      const last = await owner.transaction(async (run) => {
        await run(rawSql('lock table read_models.test_stuck in exclusive mode'));
        let position = 0n;
        for (let n = 0; n < 5; n++) {
          position = await write(log, counters, { id: `b${n}` }, [counters.events.Opened({ title: 'b' })]);
          expect(await reads.waitFor(['test_free'], position, 5_000)).to.equal(true);
        }
        expect(await reads.waitFor(['test_stuck'], position, 10)).to.equal(false);
        return position;
      });
      expect(await reads.waitFor(['test_stuck'], last, 10_000)).to.equal(true);
      expect(await owner.run(sql`select id from read_models.test_stuck`)).to.have.length(6);
      expect(projector.status().tracks.map(({ parkedStreams }) => parkedStreams)).to.deep.equal([0, 0]);
    } finally {
      await projector.stop();
    }
  });

  it('waits for facts instead of asking for them, on an empty log too', async () => {
    const node = await sharedStores().freshEventNode();
    const log = connectEventLog(node.url);
    let asked = 0;
    const counted: EventLog = {
      ...log,
      readAll: (options) => {
        asked++;
        return log.readAll(options);
      },
    };
    const projections = [titles(counterAggregate(), 'test_waiting')];
    const { owner, app } = stores;
    const projector = startProjector({ log: counted, owner, appRole: app.role, projections, telemetry });
    try {
      await until(() => asked > 2);
      asked = 0;
      await sleep(500);
      // The slow look that backs the notifications comes four times a second.
      expect(asked).to.be.lessThan(20);
    } finally {
      await projector.stop();
      await log.close();
    }
  });

  it('runs only what it is told to', async () => {
    const { log, owner, app } = stores;
    const counters = counterAggregate();
    const projections = [titles(counters, 'test_one'), titles(counters, 'test_two')];
    const projector = startProjector({ log, owner, appRole: app.role, projections, telemetry, only: ['test_two'] });
    try {
      await until(() => projector.status().tracks.length > 0);
      expect(projector.status().tracks.map(({ projection }) => projection)).to.deep.equal(['test_two']);
    } finally {
      await projector.stop();
    }
  });

  it('says which read model cannot be made, and why, and keeps the others', async () => {
    const { log, owner, app } = stores;
    const counters = counterAggregate();
    const bad = countersOf(counters, { name: 'test_bad', table: 'create table test_bad (id text primary key);' });
    const projections = [bad, titles(counters, 'test_sound')];
    const heard = recorded();
    const projector = startProjector({ log, owner, appRole: app.role, projections, telemetry: heard });
    try {
      await until(() => projector.status().tracks.length > 0);
      await until(() => heard.said.some(({ level }) => level === 'error'));
      const errors = heard.said.filter(({ level }) => level === 'error').map(({ facts }) => facts['error']);
      expect(errors).to.deep.equal(['test_bad: the table test_bad needs a column `tenant_id text not null`.']);
    } finally {
      await projector.stop();
    }
  });
});

function tableOf(name: string): string {
  return `create table ${name} (tenant_id text not null, id text not null, title text not null, primary key (tenant_id, id));`;
}

/** A read model of counters' titles. */
function titles(of: Counter, name: string): Projection {
  return projection({
    name,
    version: 1,
    table: tableOf(name),
    on: when(of, {
      Opened: ({ title }, { tenant, id }) => [sql`insert into ${rawSql(name)} values (${tenant}, ${id}, ${title})`],
    }),
  });
}
