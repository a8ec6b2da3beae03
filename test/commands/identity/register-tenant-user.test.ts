import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { registerTenantUser } from '../../../commands/identity/register-tenant-user.ts';
import { firstStart } from '../../../src/adapters/live-view/first-start.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import { nothingAgainst, sealedHash } from '../../support/controls/identity.ts';
import { acme } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';
import { type Process, startWorld, type World } from '../../support/world.ts';

const input = { tenantId: acme, email: 'bob@example.org', name: 'Bob', password: 'a long password', roles: ['owner'] };
const fine = { tenant: 'active', taken: false, choice: nothingAgainst, password: sealedHash };

describe('register tenant user', () => {
  it('refuses as registering in one’s own tenant does, and where there is no such tenant', () => {
    const cases = [
      ['TenantNotFound', { tenant: undefined }],
      ['EmailTaken', { taken: true }],
      ['RoleUnknown', { choice: { unknown: ['owner'], exceeding: [] } }],
      ['ExceedsYours', { choice: { unknown: [], exceeding: ['*'] } }],
    ] as const;
    for (const [code, against] of cases) {
      given([])
        .when(registerTenantUser, input, { prepared: { ...fine, ...against } })
        .thenRejected(code);
    }
    given([])
      .when(registerTenantUser, input, { prepared: { ...fine, tenant: 'deleted' } })
      .thenRejected('TenantNotFound');
  });
});

describe('a new customer', () => {
  let world: World;
  let process: Process;
  let administrator: string;

  before(async () => {
    world = await startWorld();
    [process] = world.processes as [Process];
    const { liveView, pipeline } = process;
    const first = await firstStart({ registry: world.registry, executeAs: pipeline.executeAs, liveView });
    administrator = await tokenOf(first?.email, first?.password);
  });
  after(() => world.close());

  async function tokenOf(email: unknown, password: unknown): Promise<string> {
    const { body } = await process.ask('identity.login', { email, password });
    return (body as { accessToken: string }).accessToken;
  }

  async function customer(
    slug: string,
    email = `${uuidv4()}@example.org`,
  ): Promise<{ tenantId: string; token: string }> {
    const { body } = await process.ask('tenancy.createTenant', { slug, name: slug, plan: 'free' }, administrator);
    const { tenantId } = body as { tenantId: string };
    const owner = { ...input, tenantId, email };
    const { status } = await process.ask('identity.registerTenantUser', owner, administrator);
    expect(status).to.equal(201);
    return { tenantId, token: await tokenOf(email, input.password) };
  }

  it('is its own owner’s from the first login on, and the platform’s hand shows in its trail', async () => {
    const { tenantId, token } = await customer('first');
    const invited = { email: `${uuidv4()}@example.org`, name: 'New', password: input.password, roles: ['reader'] };
    const { body, status } = await process.ask('identity.registerUser', invited, token);
    expect(status).to.equal(201);
    const { userId } = body as { userId: string };
    const actors = [];
    for await (const { metadata } of world.log.readStream(streamName('identity.User', tenantId, userId))) {
      actors.push(metadata['actor']);
    }
    expect(actors).to.deep.equal([{ type: 'user', id: await ownerOf(tenantId) }]);
    expect((await process.ask('identity.registerTenantUser', { ...input, tenantId }, token)).status).to.equal(403);
  });

  async function ownerOf(tenantId: string): Promise<string | undefined> {
    for (const event of (await world.log.readAll({ max: 1_000, typePrefixes: ['identity.User.Registered'] })).events) {
      const { actor, tenant } = event.metadata as { actor: { id: string }; tenant: string };
      if (tenant === tenantId && actor.id.startsWith('platform/')) return event.data['userId'] as string;
    }
    return undefined;
  }

  it('is nobody the platform did not make', async () => {
    const nowhere = { ...input, tenantId: uuidv4(), email: `${uuidv4()}@example.org` };
    const answer = await process.ask('identity.registerTenantUser', nowhere, administrator);
    expect([answer.status, answer.rejection?.code]).to.deep.equal([404, 'TenantNotFound']);
  });

  it('gets a deleted tenant’s slug and addresses, and nothing else of it', async () => {
    const email = 'again@example.org';
    const old = await customer('again', email);
    const { status } = await process.ask('tenancy.deleteTenant', { tenantId: old.tenantId }, administrator);
    expect(status).to.equal(200);
    expect((await process.ask('identity.logout', {}, old.token)).status).to.equal(401);
    const fresh = await customer('again', email);
    expect(fresh.tenantId).not.to.equal(old.tenantId);
    expect((await process.ask('tenancy.readSubscription', {}, fresh.token)).body).to.include({
      tenantId: fresh.tenantId,
    });
    expect((await process.ask('identity.logout', {}, old.token)).status).to.equal(401);
  });
});
