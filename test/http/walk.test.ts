import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { type Client, type Instance, startInstance } from '../support/instance.ts';
import { type Stop, send, stopsOf } from '../support/walk.ts';

const password = 'a password for the walk';
const isPublic = ({ endpoint }: Stop): boolean => endpoint.controls.permission === 'public';
const isForAnybody = ({ endpoint }: Stop): boolean => endpoint.controls.permission === 'authenticated';
const missing = ({ endpoint }: Stop): boolean =>
  (endpoint.route ?? '').includes(':') && Object.values(endpoint.rejections ?? {}).includes(404);

/** Requires that each stop answers as `expected` says; every one that does not is named. */
async function everyStop(stops: readonly Stop[], wrong: (stop: Stop) => Promise<string | undefined>): Promise<void> {
  const failures: string[] = [];
  for (const stop of stops) {
    const failure = await wrong(stop);
    if (failure !== undefined) failures.push(`${stop.endpoint.name} (${stop.endpoint.route}): ${failure}`);
  }
  expect(failures).to.deep.equal([]);
  expect(stops.length).to.be.greaterThan(0);
}

describe('every route', function () {
  this.timeout(120_000);
  let instance: Instance;
  let stops: readonly Stop[];
  let nobody: Client;

  before(async () => {
    instance = await startInstance({ env: { KEYLEDGER_TRUSTED_PROXIES: 'loopback' } });
    stops = await stopsOf(instance.app.registry);
    await instance.admin('POST', '/auth/v1/users', { email: 'nobody@walk.example', name: 'Nobody', password });
    nobody = await instance.login('nobody@walk.example', password);
  });
  after(() => instance.stop());

  it('has an example of a valid request', async () => {
    await everyStop(stops, async (stop) => {
      const parsed = stop.endpoint.input.safeParse(stop.example);
      return parsed.success ? undefined : `add one to test/support/controls: ${parsed.error.message}`;
    });
  });

  it('answers 401 without a credential, and with one that is not accepted', async () => {
    const clients = [instance.client(), instance.client('not-a-token')];
    let source = 0;
    await everyStop(stops, async (stop) => {
      const statuses: number[] = [];
      for (const client of clients) {
        // Guesses are limited by source, so each comes from another.
        const headers = { 'x-forwarded-for': `198.51.100.${++source}` };
        statuses.push((await send(client, stop, {}, headers)).status);
      }
      return statuses.every((status) => status === 401) ? undefined : `answered ${statuses.join(' and ')}`;
    });
  });

  it('answers 400 to a field it does not know, naming it, and appends nothing', async () => {
    const requestIds = new Set<string>();
    await everyStop(stops, async (stop) => {
      const requestId = randomUUID();
      requestIds.add(requestId);
      const { body, status } = await send(instance.admin, stop, { notAField: '1' }, { 'x-request-id': requestId });
      const named = JSON.stringify(body).includes('notAField');
      return status === 400 && named ? undefined : `answered ${status} ${JSON.stringify(body)}`;
    });
    expect(await logged(instance, requestIds)).to.deep.equal([]);
  });

  it('answers 403 without the permission', async () => {
    await everyStop(
      stops.filter((stop) => !isPublic(stop) && !isForAnybody(stop)),
      async (stop) => {
        const { status } = await send(nobody, stop);
        return status === 403 ? undefined : `answered ${status}`;
      },
    );
  });

  it('answers 404 for what is not there', async () => {
    await everyStop(stops.filter(missing), async (stop) => {
      const { body, status } = await send(instance.admin, stop);
      return status === 404 ? undefined : `answered ${status} ${JSON.stringify(body)}`;
    });
  });
});

/** The events that carry one of the request ids. */
async function logged({ stores }: Instance, requestIds: ReadonlySet<string>): Promise<readonly string[]> {
  const log = connectEventLog(stores.eventStoreUrl);
  const types: string[] = [];
  let after: bigint | undefined;
  for (let caughtUp = false; !caughtUp; ) {
    const page = await log.readAll({ after, max: 500 });
    for (const { metadata, type } of page.events) if (requestIds.has(String(metadata['requestId']))) types.push(type);
    ({ caughtUp, next: after } = page);
  }
  await log.close();
  return types;
}

describe('every route over its rate', function () {
  this.timeout(60_000);
  let instance: Instance;
  let stops: readonly Stop[];

  before(async () => {
    instance = await startInstance();
    stops = await stopsOf(instance.app.registry);
    const plan = { name: 'Slow', monthlyPriceCents: 0, entitlements: ['*'], quotas: {}, ratePerMinute: 1 };
    expect((await instance.admin('PUT', '/tenant/v1/plans/slow', plan)).status).to.equal(200);
    expect((await instance.admin('PUT', '/tenant/v1/tenants/platform/plan', { plan: 'slow' })).status).to.equal(200);
    let status = 200;
    while (status !== 429) ({ status } = await instance.admin('GET', '/auth/me'));
  });
  after(() => instance.stop());

  it('answers 429 and says when to come back', async () => {
    await everyStop(
      stops.filter((stop) => !isPublic(stop)),
      async (stop) => {
        const { headers, status } = await send(instance.admin, stop);
        const wait = Number(headers.get('retry-after'));
        const limited = status === 429 && wait > 0 && headers.get('x-ratelimit-limit') === '1';
        return limited ? undefined : `answered ${status}, Retry-After ${wait}`;
      },
    );
  });

  it('answers 429 to a source that guesses credentials', async () => {
    await everyStop(stops.filter(isPublic), async (stop) => {
      const statuses: number[] = [];
      for (let tries = 0; tries < 30 && !statuses.includes(429); tries++) {
        statuses.push((await send(instance.client(), stop)).status);
      }
      return statuses.at(-1) === 429 ? undefined : `answered ${statuses.join(', ')}`;
    });
  });
});
