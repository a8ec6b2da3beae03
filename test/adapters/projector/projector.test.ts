import { expect } from 'chai';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import type { ReadModels } from '../../../src/kernel/pipeline/deps.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { counterAggregate, countersOf, projectorStores, recorded, type TestStores, write } from './support.ts';

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
});
