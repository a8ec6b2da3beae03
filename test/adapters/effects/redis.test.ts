import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { startRedis } from '../../../infra/local/redis.ts';
import type { RunningStore } from '../../../infra/local/store.ts';
import { prefix } from '../../../src/adapters/effects/queues.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { sharedStores } from '../../support/stores.ts';
import {
  allDone,
  type Installation,
  type Kit,
  letters,
  newInstallation,
  place,
  queueAgain,
  sent,
  startKit,
  until,
} from './kit.ts';

describe('effects when Redis forgets or is away', function () {
  this.timeout(60_000);
  let dir: string;
  let redis: RunningStore;
  let installation: Installation;
  let kit: Kit;
  const once = (count: number): number[] => Array.from({ length: count }, () => 1);

  beforeEach(async () => {
    dir = sharedStores().scratch('effects-redis');
    redis = await startRedis({ dir, durable: false });
    installation = await newInstallation({ redisUrl: redis.url, timings: { claimMs: 2_000 } });
    kit = await startKit(installation, { workers: (parts) => [{ ...letters(parts), concurrency: 2 }] });
    // The first sweep follows its mark at once, and must be over: only one after the loss may help.
    await until(async () => (await asking((client) => client.exists(`${prefix}:memory`))) === 1);
    await sleep(500);
  });
  afterEach(async () => {
    await kit.stop();
    await redis.stop();
  });

  const asking = async <T>(ask: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(redis.url);
    return ask(client).finally(() => client.disconnect());
  };
  const flush = (): Promise<unknown> => asking((client) => client.flushall());
  const begun = (count: number): Promise<unknown> =>
    until(async () => (await kit.owner.run(sql`select 1 from public.happened`)).length >= count);

  it('does everything that waited when Redis lost its memory, once', async () => {
    const slow = Array.from({ length: 12 }, () => ({ ms: 300 }));
    await place(kit, 'order-1', slow);
    await begun(2);
    await flush();
    await allDone(kit.owner, 13);
    expect(Object.values(await sent(kit.owner))).to.deep.equal(once(12));
  });

  it('does not begin again what is under way', async () => {
    await place(kit, 'order-1', [{ ms: 1_500 }]);
    await begun(1);
    await flush();
    const [row] = await kit.owner.run(sql`select effect_key from kernel.effects where kind = 'job'`);
    await queueAgain(installation, 'letters', String(row?.['effect_key']));
    expect(await kit.owner.run(sql`select what from public.happened order by id`)).to.deep.equal([
      { what: 'begun' },
      { what: 'sent' },
    ]);
  });

  it('survives a loss while a job is tried again', async () => {
    await place(kit, 'order-1', [{ failures: 1 }, { failures: 2 }]);
    await begun(2);
    await flush();
    await allDone(kit.owner, 3, 45_000);
    expect(Object.values(await sent(kit.owner))).to.deep.equal(once(2));
  });

  it('goes on when Redis comes back, empty', async () => {
    await place(kit, 'order-1', [{}]);
    await allDone(kit.owner, 2);
    await redis.stop();
    await place(kit, 'order-2', [{}, {}]);
    await until(async () => (await kit.owner.run(sql`select 1 from kernel.effects`)).length === 5);
    expect(await kit.owner.run(sql`select 1 from kernel.effects where status = 'done'`)).to.have.length(2);
    redis = await startRedis({ dir, durable: false, port: redis.port });
    await allDone(kit.owner, 5, 30_000);
    await place(kit, 'order-3', [{}]);
    await allDone(kit.owner, 7);
    expect(Object.values(await sent(kit.owner))).to.deep.equal(once(4));
  });

  it('starts and stops while Redis is away', async () => {
    await redis.stop();
    const other = await startKit(installation);
    await place(other, 'order-1', [{}]);
    await until(async () => (await other.owner.run(sql`select 1 from kernel.effects`)).length === 2);
    await other.stop();
    redis = await startRedis({ dir, durable: false, port: redis.port });
    await allDone(kit.owner, 2, 30_000);
  });
});
