import { expect } from 'chai';
import { leaseTimings } from '../../../src/adapters/effects/lease.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { killAll, startProcess } from './child.ts';
import {
  allDone,
  type Domain,
  domainOf,
  type Installation,
  newInstallation,
  opened,
  place,
  sent,
  until,
} from './kit.ts';

describe('effects when a process is killed', function () {
  this.timeout(60_000);
  let installation: Installation;
  let owner: Database;
  let log: EventLog;
  let domain: Domain;
  beforeEach(async () => {
    installation = await newInstallation();
    owner = connectDatabase(installation.ownerUrl);
    log = connectEventLog(installation.eventStoreUrl);
    domain = domainOf(installation.mark);
  });
  afterEach(async () => {
    killAll();
    await log.close();
    await owner.close();
  });

  it('finishes what was recorded and not yet enqueued', async () => {
    // A Redis that is not there keeps the process between recording and enqueuing.
    const first = await startProcess({ ...installation, redisUrl: 'redis://127.0.0.1:1' });
    await place({ domain, log }, 'order-1', [{}, {}]);
    await until(async () => (await owner.run(sql`select 1 from kernel.effects`)).length === 3);
    await first.kill();
    expect(await sent(owner)).to.deep.equal({});
    const second = await startProcess(installation);
    await allDone(owner, 3);
    expect(Object.values(await sent(owner))).to.deep.equal([1, 1]);
    expect(await opened({ domain, log }, 'order-1')).to.equal(1);
    await second.kill();
  });

  it('finishes a job whose process died', async () => {
    const first = await startProcess(installation);
    await place({ domain, log }, 'order-2', [{ ms: 3_000 }]);
    const begun = (): Promise<readonly unknown[]> => owner.run(sql`select 1 from public.happened where what = 'begun'`);
    await until(async () => (await begun()).length === 1);
    const second = await startProcess(installation);
    await first.kill();
    const rows = await allDone(owner, 2, 20_000);
    expect(rows.find((row) => row['kind'] === 'job')).to.include({ attempts: 2 });
    expect(Object.values(await sent(owner))).to.deep.equal([1]);
    expect(await owner.run(sql`select pid from public.happened where what = 'sent'`)).to.deep.equal([
      { pid: second.pid },
    ]);
  });

  it('leads in one process, and in another within five seconds', async () => {
    // Without `timings` of its own, as in the product.
    const slow: Installation = { ...installation, timings: {} };
    const leader = async (): Promise<string | undefined> =>
      (
        await owner.run(sql`select holder from kernel.leases where name = 'reactions' and until > clock_timestamp()`)
      )[0]?.['holder'] as string | undefined;
    const first = await startProcess(slow);
    const before = await until(leader);
    await startProcess(slow);
    await place({ domain, log }, 'order-3', [{}]);
    await allDone(owner, 2);
    expect(await leader()).to.equal(before);
    await first.kill();
    await until(async () => {
      const now = await leader();
      return now !== undefined && now !== before;
    });
    expect(leaseTimings.expiryMs + leaseTimings.pollMs).to.be.below(5_000);
    await place({ domain, log }, 'order-4', [{}]);
    await allDone(owner, 4);
    expect(Object.values(await sent(owner))).to.deep.equal([1, 1]);
  });
});
