import { expect } from 'chai';
import { startEventNode } from '../../../infra/local/event-node.ts';
import type { RunningStore } from '../../../infra/local/store.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { sharedStores } from '../../support/stores.ts';
import { allDone, type Kit, newInstallation, place, sent, startKit } from './kit.ts';

describe('effects when log or database go away', function () {
  this.timeout(60_000);
  let kit: Kit;
  let node: RunningStore | undefined;
  afterEach(async () => {
    await kit.stop();
    await node?.stop();
  });

  it('go on when the database has dropped every connection', async () => {
    kit = await startKit(await newInstallation());
    await place(kit, 'order-1', [{ ms: 1_000 }, { ms: 1_000 }]);
    await allDone(kit.owner, 3);
    await place(kit, 'order-2', [{ ms: 1_000 }, { ms: 1_000 }]);
    await kit.owner
      .run(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`)
      .catch(() => undefined);
    await place(kit, 'order-3', [{}]);
    await allDone(kit.owner, 8, 30_000);
    expect(Object.keys(await sent(kit.owner))).to.have.length(5);
  });

  it('go on when the log comes back', async () => {
    const dir = sharedStores().scratch('effects-log');
    node = await startEventNode({ dir });
    kit = await startKit(await newInstallation({ eventStoreUrl: node.url }));
    await place(kit, 'order-1', [{}]);
    await allDone(kit.owner, 2);
    await node.stop();
    node = await startEventNode({ dir, port: node.port });
    await place(kit, 'order-2', [{}]);
    await allDone(kit.owner, 4, 30_000);
    expect(Object.values(await sent(kit.owner))).to.deep.equal([1, 1]);
  });
});
