import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { login } from '../../../commands/identity/login.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import type { Answer } from '../../../src/kernel/pipeline/answer.ts';
import type { Ports } from '../../../src/kernel/ports.ts';
import { somePlan, someRole, someTenant } from '../../support/identities.ts';
import { type Process, startWorld, type World } from '../../support/world.ts';

const password = 'correct horse battery';

describe('login', () => {
  let world: World;
  let here: Process;
  let there: Process;
  let tenant: string;
  let userId: string;
  const email = 'bob@example.org';

  before(async () => {
    world = await startWorld({ processes: 2 });
    [here, there] = world.processes as [Process, Process];
    await somePlan(world.log, 'free');
    tenant = await someTenant(world.log, 'free');
    await someRole(world.log, tenant, 'clerk', ['identity.user.register', 'identity.user.lock']);
    userId = await registered(email, ['clerk']);
  });

  after(() => world.close());

  async function registered(address: string, roles: readonly string[] = []): Promise<string> {
    const input = { email: address, name: 'Bob', password, roles };
    const { body, status } = await here.askAs(tenant, 'identity.registerUser', input);
    expect(status).to.equal(201);
    return (body as { userId: string }).userId;
  }

  async function tokenOf(address = email, word = password): Promise<string> {
    const { body, status } = await here.ask('identity.login', { email: address, password: word });
    expect(status).to.equal(200);
    return (body as { accessToken: string }).accessToken;
  }

  const shapeOf = (answer: Answer): unknown => {
    const { position: _position, rate: _rate, ...rest } = answer;
    return rest;
  };

  it('answers at each route in its own spelling, with a token that is accepted on every process', async () => {
    const user = { name: 'Bob', roles: ['clerk'] };
    const permissions = ['identity.user.register', 'identity.user.lock'];
    const spellings = {
      'identity.login': {
        input: { email, password },
        token: 'accessToken',
        user: { ...user, userId, tenantId: tenant, email, permissions },
      },
      'identity.loginWithUsername': {
        input: { username: email, password },
        token: 'accessToken',
        user: { ...user, id: userId, username: email },
      },
      'identity.loginToBroker': {
        input: { email, password },
        token: 'token',
        user: { ...user, id: userId, tenant_id: tenant, email, permissions },
      },
    };
    for (const [name, spelling] of Object.entries(spellings)) {
      const { body, status } = await here.ask(name, spelling.input);
      expect(status).to.equal(200);
      const answer = body as Record<string, unknown>;
      expect(answer['user']).to.deep.equal(spelling.user);
      const asked = { email: `${uuidv4()}@example.org`, name: 'New', password };
      const { status: accepted } = await there.ask('identity.registerUser', asked, String(answer[spelling.token]));
      expect(accepted).to.equal(201);
    }
  });

  it('opens a session that the log knows, without the token', async () => {
    const token = await tokenOf();
    const { sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string };
    const events = [];
    for await (const event of world.log.readStream(streamName('identity.Session', tenant, sid))) events.push(event);
    expect(events.map(({ type }) => type)).to.deep.equal(['identity.Session.Opened']);
    expect(events[0]?.metadata).to.deep.include({
      action: 'identity.session.open',
      actor: { type: 'user', id: userId },
    });
    expect(JSON.stringify([events[0]?.data, events[0]?.metadata])).not.to.include(token.split('.')[2]);
  });

  it('answers an unknown address, a wrong password and a locked account alike', async () => {
    const locked = await registered('locked@example.org');
    await here.askAs(tenant, 'identity.lockUser', { userId: locked });
    const answers = await Promise.all([
      here.ask('identity.login', { email: 'nobody@example.org', password }),
      here.ask('identity.login', { email, password: 'wrong' }),
      here.ask('identity.login', { email: 'locked@example.org', password }),
    ]);
    for (const answer of answers) {
      expect(answer.status).to.equal(401);
      expect(shapeOf(answer)).to.deep.equal(shapeOf(answers[0]));
    }
  });

  it('takes the same work for an unknown address as for a known one', async () => {
    const opened: string[] = [];
    const checked: string[] = [];
    const ports = {
      directory: here.liveView,
      sealer: { open: async ({ purpose }: { purpose: string }) => Buffer.from(opened.push(purpose) ? 'hash' : '') },
      passwords: { verify: async (hash: string | undefined) => checked.push(String(hash)) < 0 },
    };
    for (const address of [email, 'nobody@example.org']) {
      opened.length = checked.length = 0;
      expect(await login.identify?.({ email: address, password }, ports as unknown as Ports)).to.equal(undefined);
      expect([opened, checked]).to.deep.equal([['password'], ['hash']]);
    }
  });

  it('answers a retried login once', async () => {
    const info = { idempotencyKey: uuidv4() };
    const first = await here.ask('identity.login', { email, password }, undefined, info);
    const again = await there.ask('identity.login', { email, password }, undefined, info);
    expect([first.status, again.status, again.rejection?.code]).to.deep.equal([200, 409, 'AlreadyRevealed']);
  });

  it('accepts a token nowhere once the logout is answered', async () => {
    const token = await tokenOf();
    const register = (process: Process): Promise<Answer> =>
      process.ask('identity.registerUser', { email: `${uuidv4()}@example.org`, name: 'New', password }, token);
    expect((await register(there)).status).to.equal(201);
    expect((await here.ask('identity.logout', {}, token)).body).to.deep.include({ closed: true });
    expect((await register(there)).status).to.equal(401);
    expect((await register(here)).status).to.equal(401);
  });

  it('keeps the session that changes the password, and no other', async () => {
    const own = 'carol@example.org';
    await registered(own, ['clerk']);
    const [kept, other] = [await tokenOf(own), await tokenOf(own)];
    const newPassword = 'another long one';
    const wrong = { currentPassword: 'not it at all', newPassword };
    expect((await here.ask('identity.changePassword', wrong, kept)).rejection?.code).to.equal('WrongPassword');
    const change = { currentPassword: password, newPassword };
    expect((await here.ask('identity.changePassword', change, kept)).status).to.equal(200);
    const again = { currentPassword: newPassword, newPassword: 'a third long one' };
    expect((await there.ask('identity.changePassword', again, other)).status).to.equal(401);
    expect((await there.ask('identity.changePassword', again, kept)).status).to.equal(200);
    expect((await here.ask('identity.login', { email: own, password })).status).to.equal(401);
    await tokenOf(own, 'a third long one');
  });

  it('is refused to a tenant that is suspended, and tokens of it with that', async () => {
    const token = await tokenOf();
    const answer = await here.askAs('platform', 'tenancy.suspendTenant', { tenantId: tenant, reason: 'unpaid' });
    expect(answer.status).to.equal(200);
    expect((await there.ask('identity.logout', {}, token)).status).to.equal(401);
    expect((await there.ask('identity.login', { email, password })).status).to.equal(401);
    await here.askAs('platform', 'tenancy.resumeTenant', { tenantId: tenant });
    expect((await there.ask('identity.login', { email, password })).status).to.equal(200);
  });

  it('lets nobody outside the platform at tenants and plans, whatever their permissions', async () => {
    await someRole(world.log, tenant, 'all', ['*']);
    await registered('owner@example.org', ['all']);
    const token = await tokenOf('owner@example.org');
    const answer = await here.ask('tenancy.createTenant', { slug: 'mine', name: 'Mine', plan: 'free' }, token);
    expect(answer.status).to.equal(403);
  });

  it('registers an address once', async () => {
    const input = { email, name: 'Bob', password, roles: [] };
    const answer = await there.askAs(tenant, 'identity.registerUser', input);
    expect(answer.rejection?.code).to.equal('EmailTaken');
  });

  it('lets a clerk give no role that holds more than the clerk’s', async () => {
    const input = { email: 'boss@example.org', name: 'Boss', password, roles: ['all'] };
    const answer = await here.ask('identity.registerUser', input, await tokenOf());
    expect([answer.status, answer.rejection?.code]).to.deep.equal([403, 'ExceedsYours']);
  });
});

describe('login, asked too often', () => {
  it('is limited by source', async () => {
    const world = await startWorld({ limits: { publicPerMinute: 3 } });
    const [process] = world.processes as [Process];
    const statuses = [];
    for (let guess = 0; guess < 5; guess++) {
      const answer = await process.ask('identity.login', { email: 'a@example.org', password: 'guess' });
      statuses.push(answer.status);
    }
    expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
    await world.close();
  });
});
