import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startEventNode } from '../../../infra/local/event-node.ts';
import { startPostgres } from '../../../infra/local/postgres.ts';
import type { RunningStore } from '../../../infra/local/store.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { sharedStores } from '../../support/stores.ts';
import { counterAggregate, countersOf, recorded, until, write } from './support.ts';

describe('projector: stores that go away', () => {
  it('waits for the database and for the log, and goes on where it was', async function () {
    this.timeout(90_000);
    const postgresDir = sharedStores().scratch('away-postgres');
    const nodeDir = sharedStores().scratch('away-events');
    let postgres = await startPostgres({ dir: postgresDir, durable: false });
    let node: RunningStore = await startEventNode({ dir: nodeDir });
    const owner = connectDatabase(postgres.ownerUrl);
    const app = connectDatabase(postgres.url);
    const log = connectEventLog(node.url);
    const telemetry = recorded();
    const counters = counterAggregate();
    const { events } = counters;
    await migrate(owner, app.role, kernelMigrations);
    const projections = [countersOf(counters)];
    const projector = startProjector({ log, owner, appRole: app.role, projections, telemetry });
    const reads = connectReadModels({ app, telemetry });
    try {
      const first = await write(log, counters, { id: 'a' }, [events.Opened({ title: 'a' })]);
      expect(await reads.waitFor(['test_counters'], first, 5_000)).to.equal(true);

      await postgres.stop();
      const during = await write(log, counters, { id: 'a' }, [events.Added({ amount: 1 })]);
      const refused = await reads.run('acme', sql`select 1`).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(StoreUnavailable);
      expect(await reads.waitFor(['test_counters'], during, 50)).to.equal(false);
      await until(() => telemetry.said.some(({ message }) => /could not be applied; trying again/.test(message)));
      postgres = await startPostgres({ dir: postgresDir, durable: false, port: postgres.port });
      expect(await reads.waitFor(['test_counters'], during, 20_000)).to.equal(true);

      await node.stop();
      await sleep(1_000);
      node = await startEventNode({ dir: nodeDir, port: node.port });
      const after = await write(log, counters, { id: 'a' }, [events.Added({ amount: 2 })]);
      expect(await reads.waitFor(['test_counters'], after, 20_000)).to.equal(true);

      expect(await reads.run('acme', sql`select total, events from test_counters`)).to.deep.equal([
        { total: 3, events: 3 },
      ]);
      const deps = { log, owner, appRole: app.role, telemetry };
      expect(await verifyProjection(deps, countersOf(counters))).to.include({ differences: 0, parkedStreams: 0 });
      expect(telemetry.said.filter(({ level }) => level === 'error')).to.deep.equal([]);
    } finally {
      await projector.stop();
      await reads.close();
      await log.close();
      await app.close();
      await owner.close();
      await node.stop();
      await postgres.stop();
    }
  });
});
