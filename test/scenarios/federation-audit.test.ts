import { expect } from 'chai';
import { oktaLogin } from '../support/controls/federation.ts';
import { type Client, type Instance, startInstance } from '../support/instance.ts';

const password = 'a password for federation';

describe('the federated audit over HTTP', function () {
  this.timeout(90_000);
  let instance: Instance;
  let admin: Client;

  before(async () => {
    instance = await startInstance();
    admin = instance.admin;
  });
  after(() => instance.stop());

  const ask = async (filter: object, position?: string): Promise<Record<string, unknown>> => {
    const headers = position === undefined ? {} : { 'x-wait-for-position': position };
    const { body, status } = await admin('POST', '/auth/federation/audit/query', filter, headers);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const record = async (other: object = {}) => {
    const { body, position, status } = await admin('POST', '/auth/federation/audit/events', { ...oktaLogin, ...other });
    expect(status, JSON.stringify(body)).to.equal(201);
    return { body, position };
  };

  it('records an event and finds it again under its id', async () => {
    const { body, position } = await record();
    const { events, nextCursor, total } = await ask({ providers: ['okta'] }, position);
    const { body: me } = await admin('GET', '/auth/me');
    expect([nextCursor, total]).to.deep.equal([null, 1]);
    expect(events).to.deep.equal([
      {
        ...oktaLogin,
        eventId: body['eventId'],
        timestamp: body['recordedAt'],
        count: 1,
        claimedBy: `user/${String(me['userId'])}`,
      },
    ]);
  });

  it('filters by time, type, provider and user, and pages with a total and a cursor', async () => {
    const recorded = [];
    for (const userId of ['u1', 'u2', 'u3']) {
      recorded.push(await record({ provider: 'entra', eventType: 'mfa_challenge', userId, outcome: 'failure' }));
    }
    const position = recorded.at(-1)?.position;
    const filter = { providers: ['entra'], eventTypes: ['mfa_challenge'], limit: 2 };
    const first = await ask(filter, position);
    expect([first['total'], (first['events'] as unknown[]).length]).to.deep.equal([3, 2]);
    const second = await ask({ ...filter, cursor: first['nextCursor'] });
    expect([second['total'], second['nextCursor']]).to.deep.equal([3, null]);
    const users = [first, second].flatMap(({ events }) => (events as { userId: string }[]).map(({ userId }) => userId));
    expect(users).to.deep.equal(['u3', 'u2', 'u1']);
    expect((await ask({ userIds: ['u2'] }))['total']).to.equal(1);
    const startTime = String(recorded[0]?.body['recordedAt']);
    expect((await ask({ ...filter, endTime: startTime }))['total']).to.equal(0);
    expect((await ask({ ...filter, offset: 50 }))['total']).to.equal(3);
    const backwards = await admin('POST', '/auth/federation/audit/query', { startTime, endTime: startTime });
    expect(backwards.status).to.equal(400);
  });

  it('refuses a cursor of another filter, of another caller, or of nobody', async () => {
    const { nextCursor: cursor } = await ask({ providers: ['entra'], limit: 1 });
    await admin('PUT', '/auth/v1/roles/auditor', { permissions: ['identity.federation.read'] });
    const user = { email: 'auditor@example.org', name: 'Auditor', password, roles: ['auditor'] };
    expect((await admin('POST', '/auth/v1/users', user)).status).to.equal(201);
    const auditor = await instance.login(user.email, password);
    const statuses = [];
    for (const [client, body] of [
      [admin, { providers: ['okta'], limit: 1, cursor }],
      [auditor, { providers: ['entra'], limit: 1, cursor }],
      [admin, { providers: ['entra'], limit: 1, cursor: 'forged' }],
      [auditor, { providers: ['entra'], limit: 1 }],
    ] as const) {
      statuses.push((await client('POST', '/auth/federation/audit/query', body)).status);
    }
    expect(statuses).to.deep.equal([400, 400, 400, 200]);
  });

  it('shows our own logins, failed ones and logouts as the provider local', async () => {
    const user = { email: 'erin@example.org', name: 'Erin', password };
    const { body } = await admin('POST', '/auth/v1/users', user);
    const userIds = [String(body['userId'])];
    const wrong = { email: user.email, password: 'not the password' };
    expect((await instance.client()('POST', '/auth/login', wrong)).status).to.equal(401);
    const erin = await instance.login(user.email, password);
    expect((await erin('POST', '/auth/logout', {})).status).to.equal(200);
    // Failures are summed until their minute is over, or the pipeline closes.
    await instance.app.pipeline.close();
    const { position } = await record();
    const { events } = await ask({ userIds }, position);
    const shown = (events as Record<string, unknown>[]).map(({ provider, eventType, outcome, claimedBy }) => [
      provider,
      eventType,
      outcome,
      claimedBy,
    ]);
    expect(shown).to.deep.equal([
      ['local', 'login', 'failure', null],
      ['local', 'logout', 'success', null],
      ['local', 'login', 'success', null],
    ]);
  });
});
