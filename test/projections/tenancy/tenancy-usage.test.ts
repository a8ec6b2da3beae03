import { expect } from 'chai';
import { Redis } from 'ioredis';
import { v4 as uuidv4 } from 'uuid';
import { tenancyUsage } from '../../../projections/tenancy/tenancy-usage.ts';
import { listUsage } from '../../../queries/tenancy/list-usage.ts';
import { Quotas } from '../../../src/adapters/gates/quotas.ts';
import { usageFrom } from '../../../src/adapters/gates/usage.ts';
import { connectReadModels } from '../../../src/adapters/postgres/read-models.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { Role } from '../../../src/domain/identity/role.ts';
import { Request } from '../../../src/kernel/request.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { readerDefined } from '../../support/controls/identity.ts';
import { write } from '../../support/events.ts';
import { type Stack, startStack } from '../../support/stack.ts';
import { sharedStores } from '../../support/stores.ts';

const meter = 'test.things';

describe('tenancy_usage', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ projections: [tenancyUsage] });
  });
  after(() => stack.close());

  const used = (tenant: string, units: number, at: string, other = meter) =>
    write(stack.log, Role, [readerDefined], { tenant, id: uuidv4(), at, metadata: { meter: other, units } });

  it('counts units by meter and month, of whatever event', async () => {
    const { tenant } = stack;
    await used(tenant, 3, '2026-01-31T23:59:59.999Z');
    await used(tenant, 4, '2026-02-01T00:00:00.000Z');
    await used(tenant, 5, '2026-02-02T00:00:00.000Z');
    await used(tenant, 9, '2026-02-02T00:00:00.000Z', 'test.others');
    await used(uuidv4(), 90, '2026-02-02T00:00:00.000Z');
    const { position } = await write(stack.log, Role, [readerDefined], { tenant, id: uuidv4() });
    const { body } = await stack.ask(listUsage, {}, { info: { waitFor: position } });
    expect(body).to.deep.equal({
      usage: [
        { month: '2026-02', meter, units: 9 },
        { month: '2026-02', meter: 'test.others', units: 9 },
        { month: '2026-01', meter, units: 3 },
      ],
    });
  });

  it('keeps what expired requests used, whether the log still has them or not', async () => {
    const tenant = uuidv4();
    const day = '2026-02-03';
    const asked = Request.events.Answered({ operation: 'test', action: 'test.ask', subject: 'it', status: 200 });
    const ask = (units: number) =>
      write(stack.log, Request, [asked], { tenant, id: day, at: `${day}T10:00:00.000Z`, metadata: { meter, units } });
    const usageAt = async (waitFor: bigint): Promise<unknown> =>
      (await stack.ask(listUsage, {}, { tenant, info: { waitFor } })).body;
    await ask(2);
    await used(tenant, 7, `${day}T11:00:00.000Z`);
    await ask(3);
    const month = '2026-02';
    const counted = { usage: [{ month, meter, units: 12 }] };
    for (const units of [5, 8]) {
      const runId = uuidv4();
      const usage = [{ meter, month, units }];
      const expired = RetentionRun.events.RequestsExpired({ runId, day, before: 2, bytes: 0, usage });
      const { position } = await write(stack.log, RetentionRun, [expired], { tenant, id: runId });
      expect(await usageAt(position)).to.deep.equal(units === 5 ? counted : { usage: [{ month, meter, units: 15 }] });
    }
  });

  it('is where quotas go on from when Redis has lost everything', async () => {
    const tenant = uuidv4();
    const month = new Date(stack.clock.now()).toISOString();
    const redisUrl = await sharedStores().redisUrl();
    const readModels = connectReadModels({ app: stack.database.app, telemetry: silent });
    const quotas = new Quotas({ redisUrl, clock: stack.clock, usage: usageFrom(readModels, stack.log) });
    const redis = new Redis(redisUrl);
    redis.on('error', () => undefined);
    const take = async (): Promise<boolean> => {
      const id = uuidv4();
      const { allowed } = await quotas.reserve(tenant, meter, { id, cost: 1, limit: 10 });
      if (!allowed) return false;
      await used(tenant, 1, month);
      await quotas.commit(tenant, meter, id);
      return true;
    };
    for (let unit = 0; unit < 6; unit++) await take();
    await redis.flushdb();
    const taken = [];
    for (let unit = 0; unit < 8; unit++) taken.push(await take());
    expect(taken.filter(Boolean)).to.have.length(4);
    redis.disconnect();
    await quotas.close();
    await readModels.close();
  });
});
