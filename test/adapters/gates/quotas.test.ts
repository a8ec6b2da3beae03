import { expect } from 'chai';
import { Redis } from 'ioredis';
import { v4 as uuidv4, v5 as uuidv5 } from 'uuid';
import { Quotas } from '../../../src/adapters/gates/quotas.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { sharedStores } from '../../support/stores.ts';

const tenant = 'acme';
const january = Date.parse('2026-01-31T23:59:50.000Z');

describe('quotas', () => {
  let redisUrl: string;
  let redis: Redis;
  let nowMs = january;
  /** What the log says was used. */
  let used = 0;
  const clock = { now: () => nowMs };
  const open: Quotas[] = [];

  const quotas = (more: { holdMs?: number; url?: string; usage?: () => Promise<number> } = {}): Quotas => {
    const { url = redisUrl, usage = async () => used, ...rest } = more;
    const made = new Quotas({ redisUrl: url, clock, usage, ...rest });
    open.push(made);
    return made;
  };

  before(async () => {
    redisUrl = await sharedStores().redisUrl();
    redis = new Redis(redisUrl);
  });

  beforeEach(async () => {
    await redis.flushdb();
    used = 0;
    nowMs = january;
  });

  after(async () => {
    await Promise.all(open.map((each) => each.close()));
    redis.disconnect();
  });

  it('lets exactly the limit through of many that ask at once, on two processes', async () => {
    const both = [quotas(), quotas()];
    const asks = Array.from({ length: 50 }, (_, index) =>
      both[index % 2]?.reserve(tenant, 'a.b', { id: uuidv4(), cost: 1, limit: 10 }),
    );
    const answers = await Promise.all(asks);
    expect(answers.filter((answer) => answer?.allowed)).to.have.length(10);
    expect(answers.find((answer) => !answer?.allowed)).to.deep.equal({
      allowed: false,
      limit: 10,
      used: 10,
      resetSeconds: 10,
    });
  });

  it('gives released units back, and keeps committed ones', async () => {
    const meter = quotas();
    await meter.reserve(tenant, 'a.b', { id: 'one', cost: 6, limit: 10 });
    expect(await meter.reserve(tenant, 'a.b', { id: 'two', cost: 6, limit: 10 })).to.include({ allowed: false });
    await meter.release(tenant, 'a.b', 'one');
    expect(await meter.reserve(tenant, 'a.b', { id: 'two', cost: 6, limit: 10 })).to.include({ allowed: true });
    await meter.commit(tenant, 'a.b', 'two');
    await meter.release(tenant, 'a.b', 'two');
    expect(await meter.reserve(tenant, 'a.b', { id: 'three', cost: 4, limit: 10 })).to.include({ used: 10 });
  });

  it('takes the same reservation once, before and after it is committed', async () => {
    const meter = quotas();
    const id = uuidv5('key', uuidv4());
    for (let ask = 0; ask < 3; ask++) await meter.reserve(tenant, 'a.b', { id, cost: 4, limit: 10 });
    await meter.commit(tenant, 'a.b', id);
    await meter.commit(tenant, 'a.b', id);
    expect(await meter.reserve(tenant, 'a.b', { id, cost: 4, limit: 10 })).to.include({ allowed: true, used: 4 });
    await meter.commit(tenant, 'a.b', id);
    expect(await meter.reserve(tenant, 'a.b', { id: 'next', cost: 6, limit: 10 })).to.include({ used: 10 });
  });

  it('keeps a reservation that two requests share until the last of them gives it back', async () => {
    const meter = quotas();
    for (let ask = 0; ask < 2; ask++) await meter.reserve(tenant, 'a.b', { id: 'shared', cost: 6, limit: 10 });
    await meter.release(tenant, 'a.b', 'shared');
    expect(await meter.reserve(tenant, 'a.b', { id: 'other', cost: 5, limit: 10 })).to.include({ allowed: false });
    await meter.release(tenant, 'a.b', 'shared');
    expect(await meter.reserve(tenant, 'a.b', { id: 'other', cost: 5, limit: 10 })).to.include({ allowed: true });
  });

  it('counts what one of two requests of a reservation commits, after the other gave it back', async () => {
    const meter = quotas();
    for (let ask = 0; ask < 2; ask++) await meter.reserve(tenant, 'a.b', { id: 'shared', cost: 6, limit: 10 });
    await meter.release(tenant, 'a.b', 'shared');
    await meter.commit(tenant, 'a.b', 'shared');
    expect(await meter.reserve(tenant, 'a.b', { id: 'other', cost: 4, limit: 10 })).to.include({ used: 10 });
  });

  it('takes a reservation anew a day after it was committed', async () => {
    const meter = quotas();
    const id = uuidv5('key', uuidv4());
    await meter.reserve(tenant, 'a.b', { id, cost: 4, limit: 10 });
    await meter.commit(tenant, 'a.b', id);
    const [done] = await redis.keys('*:done');
    await redis.zincrby(done ?? '', -86_400_000, id);
    expect(await meter.reserve(tenant, 'a.b', { id, cost: 4, limit: 10 })).to.include({ used: 8 });
  });

  it('ends a reservation nobody settles', async () => {
    const meter = quotas({ holdMs: 20 });
    await meter.reserve(tenant, 'a.b', { id: 'left', cost: 10, limit: 10 });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await meter.reserve(tenant, 'a.b', { id: 'next', cost: 10, limit: 10 })).to.include({ allowed: true });
  });

  it('counts what was written by somebody who died before saying so', async () => {
    const meter = quotas({ holdMs: 20 });
    await meter.reserve(tenant, 'a.b', { id: 'left', cost: 10, limit: 10 });
    used = 10;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await meter.reserve(tenant, 'a.b', { id: 'next', cost: 1, limit: 10 })).to.include({ allowed: false });
  });

  it('begins each month anew, and commits to the month of the reservation', async () => {
    const meter = quotas();
    await meter.reserve(tenant, 'a.b', { id: 'january', cost: 10, limit: 10 });
    nowMs = Date.parse('2026-02-01T00:00:00.000Z');
    await meter.commit(tenant, 'a.b', 'january');
    expect(await meter.reserve(tenant, 'a.b', { id: 'february', cost: 10, limit: 10 })).to.include({ allowed: true });
  });

  it('keeps tenants and meters apart', async () => {
    const meter = quotas();
    await meter.reserve(tenant, 'a.b', { id: 'one', cost: 10, limit: 10 });
    expect(await meter.reserve(tenant, 'a.c', { id: 'one', cost: 10, limit: 10 })).to.include({ allowed: true });
    expect(await meter.reserve('other', 'a.b', { id: 'one', cost: 10, limit: 10 })).to.include({ allowed: true });
  });

  it('counts what was under way when Redis lost everything', async () => {
    const meter = quotas();
    const [before, after] = [uuidv4(), uuidv4()];
    await meter.reserve(tenant, 'a.b', { id: before, cost: 1, limit: 2 });
    await redis.flushdb();
    await meter.reserve(tenant, 'a.b', { id: after, cost: 1, limit: 2 });
    used = 1;
    await meter.commit(tenant, 'a.b', before);
    await meter.commit(tenant, 'a.b', after);
    used = 2;
    expect(await meter.reserve(tenant, 'a.b', { id: uuidv4(), cost: 1, limit: 2 })).to.include({ allowed: false });
  });

  it('goes on from what the log says after Redis lost everything', async () => {
    const meter = quotas();
    for (let unit = 0; unit < 7; unit++) {
      await meter.reserve(tenant, 'a.b', { id: `${unit}`, cost: 1, limit: 10 });
      await meter.commit(tenant, 'a.b', `${unit}`);
    }
    used = 7;
    await redis.flushdb();
    const asks = Array.from({ length: 20 }, () => meter.reserve(tenant, 'a.b', { id: uuidv4(), cost: 1, limit: 10 }));
    expect((await Promise.all(asks)).filter(({ allowed }) => allowed)).to.have.length(3);
  });

  it('counts what the log has and Redis has not, and nothing twice', async () => {
    const meter = quotas();
    await meter.reserve(tenant, 'a.b', { id: 'one', cost: 2, limit: 10 });
    // On the log already, and not yet committed here.
    used = 2;
    const [told] = await redis.keys('*:told:*');
    await redis.del(told ?? '');
    expect(await meter.reserve(tenant, 'a.b', { id: 'two', cost: 1, limit: 10 })).to.include({ used: 3 });
    await meter.commit(tenant, 'a.b', 'one');
    used = 9;
    await redis.del(told ?? '');
    expect(await meter.reserve(tenant, 'a.b', { id: 'three', cost: 1, limit: 10 })).to.include({ used: 10 });
  });

  it('does without the log’s word for a while if Redis remembers, and refuses to guess if not', async () => {
    let away = false;
    const usage = async (): Promise<number> => {
      if (away) throw new StoreUnavailable('the database is away');
      return 0;
    };
    const meter = quotas({ usage });
    await meter.reserve(tenant, 'a.b', { id: 'one', cost: 1, limit: 10 });
    away = true;
    await redis.del((await redis.keys('*:told:*'))[0] ?? '');
    expect(await meter.reserve(tenant, 'a.b', { id: 'two', cost: 1, limit: 10 })).to.include({ used: 2 });
    await redis.flushdb();
    const refusal = await meter.reserve(tenant, 'a.b', { id: 'three', cost: 1, limit: 10 }).catch((e: unknown) => e);
    expect(refusal).to.be.instanceOf(StoreUnavailable);
  });

  it('says that a store is away while Redis is', async () => {
    const meter = quotas({ url: 'redis://127.0.0.1:1' });
    const refusal = await meter.reserve(tenant, 'a.b', { id: 'one', cost: 1, limit: 10 }).catch((e: unknown) => e);
    expect(refusal).to.be.instanceOf(StoreUnavailable);
  });
});
