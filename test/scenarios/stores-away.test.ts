import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startEventNode } from '../../infra/local/event-node.ts';
import { startPostgres } from '../../infra/local/postgres.ts';
import { startRedis } from '../../infra/local/redis.ts';
import type { RunningStore } from '../../infra/local/store.ts';
import { type Client, type Instance, type Reply, startInstance } from '../support/instance.ts';
import { sharedStores } from '../support/stores.ts';

const root = '/vault/v1/versioned-secrets';

describe('an instance whose stores go away and come back', function () {
  this.timeout(180_000);
  const dirs = { events: '', postgres: '', redis: '' };
  let running: { events: RunningStore; postgres: RunningStore; redis: RunningStore };
  let instance: Instance;
  let member: Client;
  /** Logged in elsewhere, and not seen by the instance yet. */
  let stranger: Client;

  before(async () => {
    for (const name of ['events', 'postgres', 'redis'] as const) dirs[name] = sharedStores().scratch(name);
    const postgres = await startPostgres({ dir: dirs.postgres, durable: false });
    const redis = await startRedis({ dir: dirs.redis });
    const events = await startEventNode({ dir: dirs.events });
    running = { events, postgres, redis };
    instance = await startInstance({
      stores: {
        eventStoreUrl: events.url,
        databaseUrl: postgres.url,
        databaseOwnerUrl: postgres.ownerUrl,
        redisUrl: redis.url,
      },
    });
    member = await memberOf(instance);
    stranger = await strangerTo(instance, member);
    expect((await write('before')).status).to.equal(201);
  });
  after(async () => {
    await instance.stop();
    await Promise.all(Object.values(running).map((store) => store.stop()));
  });

  const write = (secretId: string): Promise<Reply> => member('POST', root, { secretId, value: 'x' });
  const open = (): Promise<Reply> => member('GET', `${root}/before/versions/1`);
  const list = (): Promise<Reply> => member('GET', root);

  /** Asks until it is answered again; how long that took is for a person to read. */
  async function recovered(what: string, ask: () => Promise<Reply>, status: number): Promise<void> {
    const since = performance.now();
    while ((await ask()).status !== status) await sleep(50);
    console.log(`      ${what}: answered again after ${Math.round(performance.now() - since)} ms`);
  }

  const unavailable = ({ body, headers, status }: Reply): unknown => [
    status,
    Number(headers.get('retry-after')) > 0,
    body['statusCode'],
  ];

  it('answers 503 to everything without its event log, does nothing, and recovers', async () => {
    await running.events.stop();
    const replies = await Promise.all([write('lost'), open()]);
    // Lists are read from the database until it is no longer known who may see them: that, too, is read from the log.
    let listed = await list();
    while (listed.status === 200) listed = await list();
    replies.push(listed);
    expect(replies.map(unavailable)).to.deep.equal(replies.map(() => [503, true, 503]));
    expect((await instance.client()('GET', '/healthz')).status).to.equal(200);
    expect((await instance.client()('GET', '/readyz')).status).to.equal(503);
    running = { ...running, events: await startEventNode({ dir: dirs.events, port: running.events.port }) };
    await recovered('without the event log', open, 200);
    expect((await member('GET', `${root}/lost/versions/1`)).status).to.equal(404);
    expect((await write('after-the-log')).status).to.equal(201);
  });

  it('answers 503 to what needs the database, and recovers', async () => {
    await running.postgres.stop();
    const replies = await Promise.all([list(), open(), write('lost')]);
    expect(replies.map(unavailable)).to.deep.equal(replies.map(() => [503, true, 503]));
    // What asks the log alone goes on, for whom this process has seen before: others' origin cannot be sealed.
    expect((await member('GET', '/tenant/v1/subscription')).status).to.equal(200);
    expect(unavailable(await stranger('GET', '/tenant/v1/subscription'))).to.deep.equal([503, true, 503]);
    running = {
      ...running,
      postgres: await startPostgres({ dir: dirs.postgres, durable: false, port: running.postgres.port }),
    };
    await recovered('without the database', list, 200);
    const { position } = await write('after-the-database');
    const wait = { 'x-wait-for-position': position ?? '' };
    await recovered('the read models', () => member('GET', root, undefined, wait), 200);
  });

  it('answers 503 to what has a quota without Redis, serves the rest, and recovers', async () => {
    await running.redis.stop();
    expect(unavailable(await write('lost'))).to.deep.equal([503, true, 503]);
    expect([(await open()).status, (await list()).status]).to.deep.equal([200, 200]);
    running = { ...running, redis: await startRedis({ dir: dirs.redis, port: running.redis.port }) };
    await recovered('without Redis', () => write('after-redis'), 201);
  });
});

/** A user of a tenant whose plan has quotas. */
async function memberOf({ admin, login }: Instance): Promise<Client> {
  const { body } = await admin('POST', '/tenant/v1/tenants', { slug: 'member', name: 'Member', plan: 'free' });
  const person = { email: 'member@example.org', name: 'Member', password: 'a member of the tenant', roles: ['owner'] };
  const { status } = await admin('POST', `/tenant/v1/tenants/${String(body['tenantId'])}/users`, person);
  expect(status).to.equal(201);
  return login(person.email, person.password);
}

/** Another user of the member's tenant, who logged in at another process. */
async function strangerTo({ client, config, stores }: Instance, member: Client): Promise<Client> {
  const person = {
    email: 'stranger@example.org',
    name: 'Stranger',
    password: 'another of the tenant',
    roles: ['owner'],
  };
  expect((await member('POST', '/auth/v1/users', person)).status).to.equal(201);
  const elsewhere = await startInstance({
    stores,
    env: { KEYLEDGER_DATA_DIR: config.dataDir, KEYLEDGER_ROLES: 'api' },
  });
  const { body } = await elsewhere.client()('POST', '/auth/login', { email: person.email, password: person.password });
  await elsewhere.stop();
  return client(String(body['accessToken']));
}
