import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { connectDatabase } from '../../src/adapters/postgres/database.ts';
import { sql } from '../../src/kernel/sql.ts';
import { until } from '../support/delivering.ts';
import { type Client, clientOf, type Instance, startInstance } from '../support/instance.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { readStream, type SseClient } from '../support/sse.ts';

const base = '/audit/v1/streaming';
const person = { email: 'streamer@example.org', name: 'Streamer', password: 'a password that is long' };

describe('audit event streaming', function () {
  this.timeout(90_000);
  let instance: Instance;
  let receiver: Receiver;
  let user: Client;
  let token: string;
  let count = 0;
  const open: SseClient[] = [];

  before(async () => {
    receiver = await startReceiver();
    instance = await startInstance({ env: { KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8' } });
    await defineRole(instance.admin, 'streamers', ['audit.*', 'identity.role.define']);
    const registered = await instance.admin('POST', '/auth/v1/users', { ...person, roles: ['streamers'] });
    expect(registered.status).to.equal(201);
    ({ token, user } = await login());
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.leave();
  });
  after(async () => {
    await instance.stop();
    await receiver.close();
  });

  async function login(): Promise<{ readonly token: string; readonly user: Client }> {
    const { email, password } = person;
    const { body } = await instance.client()('POST', '/auth/login', { email, password });
    const given = String(body['accessToken']);
    return { token: given, user: clientOf(instance.url, given) };
  }

  async function defineRole(as: Client, role: string, permissions: readonly string[] = []): Promise<void> {
    const { body, status } = await as('POST', '/auth/v1/roles', { role, description: '', permissions });
    expect([status, body]).to.deep.equal([201, body]);
  }

  /** One more event of the kind that is subscribed to. */
  async function happen(): Promise<string> {
    const role = `role-${++count}`;
    await defineRole(user, role);
    return role;
  }

  async function subscribe(more: object = {}): Promise<{ readonly id: string; readonly secret: string }> {
    const filters = { eventTypes: ['identity.Role.Defined'] };
    const { body, status } = await user('POST', `${base}/subscriptions`, { name: 'roles', filters, ...more });
    expect([status, body['status']]).to.deep.equal([201, 'active']);
    return { id: String(body['subscriptionId']), secret: String(body['signingSecret']) };
  }

  async function stream(id: string, headers: object = {}, bearer = token, at = base): Promise<SseClient> {
    const url = `${instance.url}${at}/events?subscriptionId=${id}`;
    const client = await readStream(url, { authorization: `Bearer ${bearer}`, ...headers });
    open.push(client);
    return client;
  }

  const rolesOf = (client: SseClient): readonly unknown[] =>
    client.events.filter(({ event }) => event === 'message').map(({ data }) => data['subject']);

  it('sends what happens, as it happens, and only what is wanted', async () => {
    const { id } = await subscribe();
    const client = await stream(id);
    expect(client.status).to.equal(200);
    expect(client.headers).to.include({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    const first = await happen();
    const second = await happen();
    const [event] = await client.count(2);
    expect(rolesOf(client)).to.deep.equal([first, second]);
    expect(event?.data).to.include({
      specversion: '1.0',
      type: 'identity.Role.Defined',
      source: '/tenants/platform/identity',
    });
    expect(client.text()).to.match(/^retry: 3000\n/);
  });

  it('goes on behind Last-Event-ID, in another process too, from however long ago', async () => {
    const { id } = await subscribe();
    const client = await stream(id);
    const first = await happen();
    await client.count(1);
    client.leave();
    const missed = [await happen(), await happen()];
    await instance.app.stop();
    const { config, stores } = instance;
    instance = await startInstance({
      stores,
      env: { KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8', KEYLEDGER_DATA_DIR: config.dataDir },
    });
    ({ token, user } = await login());
    const again = await stream(id, { 'last-event-id': client.lastId() ?? '' }, token, '/v1/streaming');
    await again.count(2);
    expect(rolesOf(again)).to.deep.equal(missed);
    const whole = await readStream(`${instance.url}${base}/events?subscriptionId=${id}&after=0`, {
      authorization: `Bearer ${token}`,
    });
    open.push(whole);
    await whole.count(4);
    expect(rolesOf(whole)).to.include.members([first, ...missed]);
  });

  it('refuses an id that is forged, or of another subscription, and a subscription that is not there', async () => {
    const { id } = await subscribe();
    const client = await stream(id);
    await happen();
    await client.count(1);
    const cursor = client.lastId() ?? '';
    const forged = `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`;
    const other = await subscribe();
    expect((await stream(id, { 'last-event-id': forged })).status).to.equal(400);
    expect((await stream(id, { 'last-event-id': '17' })).status).to.equal(400);
    expect((await stream(other.id, { 'last-event-id': cursor })).status).to.equal(400);
    expect((await stream('5b5b5b5b-0000-4000-8000-000000000009')).status).to.equal(404);
    expect((await stream(id, { 'last-event-id': cursor })).status).to.equal(200);
  });

  it('ends with the credential: nothing is sent once its revocation is acknowledged', async () => {
    const { id } = await subscribe();
    const session = await login();
    const client = await stream(id, {}, session.token);
    await happen();
    await client.count(1);
    expect((await session.user('POST', '/auth/logout')).status).to.be.lessThan(300);
    const before = rolesOf(client).length;
    await happen();
    await client.ended;
    expect(rolesOf(client)).to.have.length(before);
    expect(client.events.at(-1)).to.deep.include({ event: 'closed', data: client.events.at(-1)?.data });
    expect(client.events.at(-1)?.data['reason']).to.equal('revoked');
  });

  it('ends when the subscription is paused, and refuses it until it is resumed', async () => {
    const { id } = await subscribe();
    const client = await stream(id);
    expect((await user('POST', `${base}/subscriptions/${id}/pause`)).status).to.equal(200);
    await client.ended;
    expect(client.events.at(-1)).to.include({ event: 'closed' });
    expect(client.events.at(-1)?.data).to.deep.equal({ reason: 'paused' });
    expect((await stream(id)).status).to.equal(409);
    expect((await user('POST', `${base}/subscriptions/${id}/resume`)).body['status']).to.equal('active');
    const again = await stream(id, { 'last-event-id': client.lastId() ?? '' });
    const role = await happen();
    await until(async () => rolesOf(again).includes(role));
    // A stream from before the pause passes over it.
    const whole = await stream(`${id}&after=0`);
    await until(async () => rolesOf(whole).includes(role));
    expect(whole.events.some(({ event }) => event === 'closed')).to.equal(false);
  });

  it('delivers to a webhook, counts it, and forgets its keys when it is deleted', async () => {
    const destination = { type: 'webhook', config: { url: `${receiver.url}/hook?key=confidential` } };
    const { id, secret } = await subscribe({ destination });
    const role = await happen();
    const [received] = await receiver.count(1);
    expect(received?.body['subject']).to.equal(role);
    new Webhook(secret).verify(received?.text ?? '', received?.headers as Record<string, string>);
    const metrics = await until(async () => {
      const { body } = await user('GET', `${base}/metrics`);
      const all = body['subscriptionMetrics'] as { subscriptionId: string; eventsDelivered: number }[];
      const own = all.find(({ subscriptionId }) => subscriptionId === id);
      return own && { body, own };
    });
    expect(metrics.own.eventsDelivered).to.equal(1);
    expect(metrics.body).to.include.keys('activeConnections', 'eventsPerSecond', 'totalEventsStreamed');
    const shown = await user('GET', `${base}/subscriptions/${id}`);
    expect(shown.body['destination']).to.deep.equal({ type: 'webhook', target: `${receiver.url}/hook` });
    const listed = await user('GET', `${base}/subscriptions/${id}/deliveries`);
    const [delivery] = listed.body['deliveries'] as Record<string, unknown>[];
    const attempts = await user('GET', `${base}/subscriptions/${id}/deliveries/${delivery?.['deliveryId']}/attempts`);
    expect(attempts.body['attempts']).to.have.length(1);
    const database = connectDatabase(instance.stores.databaseOwnerUrl);
    const before = await database.run(sql`select key_id from kernel.keys where destroyed_at is not null`);
    expect((await user('DELETE', `${base}/subscriptions/${id}`)).body['status']).to.equal('deleted');
    await until(async () => {
      const destroyed = await database.run(sql`select key_id from kernel.keys where destroyed_at is not null`);
      return destroyed.length === before.length + 2;
    });
    await database.close();
    expect(JSON.stringify([shown, listed, attempts])).not.to.include('confidential');
  });

  it('ends streams when the server does, with a reason', async () => {
    const { id } = await subscribe();
    const client = await stream(id);
    await happen();
    await client.count(1);
    await instance.stop();
    await client.ended;
    expect(client.events.at(-1)?.data['reason']).to.equal('stopping');
    const { config, stores } = instance;
    instance = await startInstance({ stores, env: { KEYLEDGER_DATA_DIR: config.dataDir } });
  });
});
