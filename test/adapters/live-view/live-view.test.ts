import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { type LiveView, startLiveView } from '../../../src/adapters/live-view/live-view.ts';
import { Role } from '../../../src/domain/identity/role.ts';
import { Session } from '../../../src/domain/identity/session.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { AddOn } from '../../../src/domain/tenancy/add-on.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { write } from '../../support/events.ts';
import { somePlan, someRole, someSession, someTenant, someUser } from '../../support/identities.ts';
import { sharedStores } from '../../support/stores.ts';

const clock = { now: () => Date.now() };
const password = { keyId: 'k2', sealed: 'AA==' };

describe('live view', () => {
  let log: EventLog;
  let view: LiveView;

  before(async () => {
    const { url } = await sharedStores().freshEventNode();
    log = connectEventLog(url);
    view = startLiveView({ log, clock, telemetry: silent });
    await view.ready;
  });

  after(async () => {
    await view.stop();
    await log.close();
  });

  it('knows a user, with the permissions of their roles', async () => {
    const tenant = uuidv4();
    await someRole(log, tenant, 'reader', ['vault.secret.read']);
    const userId = await someUser(log, tenant, ['reader'], `${tenant}@example.org`);
    await view.upToDate();
    expect(view.user(tenant, userId)).to.deep.include({ status: 'active', permissions: ['vault.secret.read'] });
    expect(view.userByEmail(`${tenant}@example.org`)?.userId).to.equal(userId);
    expect(view.user(uuidv4(), userId)).to.equal(undefined);

    await write(log, Role, [Role.events.Changed({ role: 'reader', description: '', permissions: ['kms.*'] })], {
      tenant,
      id: 'reader',
    });
    await view.upToDate();
    expect(view.user(tenant, userId)?.permissions).to.deep.equal(['kms.*']);
  });

  it('lends roles the platform shares to every tenant, and no other of its roles', async () => {
    const [shared, own] = [true, false].map((flag) =>
      Role.events.Defined({ role: flag ? 'lent' : 'kept', description: '', permissions: ['a.b'], shared: flag }),
    );
    for (const event of [shared, own]) {
      if (event !== undefined) await write(log, Role, [event], { tenant: platformTenant, id: event.data.role });
    }
    await view.upToDate();
    expect(view.role(uuidv4(), 'lent')).to.deep.equal({ name: 'lent', permissions: ['a.b'] });
    expect(view.role(uuidv4(), 'kept')).to.equal(undefined);
  });

  it('counts a session until it is closed, the password changed elsewhere, or it expired', async () => {
    const tenant = uuidv4();
    const userId = await someUser(log, tenant, []);
    const [closed, kept, other] = await Promise.all([1, 2, 3].map(() => someSession(log, tenant, userId)));
    if (closed === undefined || kept === undefined || other === undefined) throw new Error('three sessions');
    await view.upToDate();
    expect(view.session(tenant, closed, userId)).to.equal('open');
    expect(view.session(tenant, closed, uuidv4())).to.equal('over');
    expect(view.session(uuidv4(), closed, userId)).to.equal('unknown');

    await write(log, Session, [Session.events.Closed({ sessionId: closed, userId, reason: 'logout' })], {
      tenant,
      id: closed,
    });
    const changed = User.events.PasswordChanged({ userId, password, passwordVersion: 2, keptSession: kept });
    await write(log, User, [changed], { tenant, id: userId });
    await view.upToDate();
    expect(view.session(tenant, closed, userId)).to.equal('over');
    expect(view.session(tenant, kept, userId)).to.equal('open');
    expect(view.session(tenant, other, userId)).to.equal('over');

    const expired = Session.events.Opened({
      sessionId: uuidv4(),
      userId,
      passwordVersion: 2,
      expiresAt: new Date(Date.now() - 1).toISOString(),
    });
    await write(log, Session, [expired], { tenant, id: expired.data.sessionId });
    await view.upToDate();
    expect(view.session(tenant, expired.data.sessionId, userId)).to.equal('over');
  });

  it('adds up plan, add-ons and overrides', async () => {
    const plan = `p-${uuidv4()}`;
    const addOn = `a-${uuidv4()}`;
    await somePlan(log, plan);
    const quotas = { 'vault.secret_versions': 5, 'kms.rotations': 7 };
    await write(log, AddOn, [AddOn.events.Defined({ addOn, name: '', entitlements: ['kms.hsm'], quotas })], {
      tenant: platformTenant,
      id: addOn,
    });
    const tenantId = await someTenant(log, plan);
    const where = { tenant: platformTenant, id: tenantId };
    await write(log, Tenant, [Tenant.events.AddOnAdded({ tenantId, addOn })], where);
    await view.upToDate();
    expect(view.tenant(tenantId)).to.deep.include({
      status: 'active',
      entitlements: ['vault.versioned-secrets', 'kms.hsm'],
      quotas: { 'vault.secret_versions': 15 },
    });
    await write(
      log,
      Tenant,
      [Tenant.events.QuotaOverridden({ tenantId, meter: 'vault.secret_versions', units: 3 })],
      where,
    );
    await view.upToDate();
    expect(view.tenant(tenantId)?.quotas).to.deep.equal({ 'vault.secret_versions': 3 });
  });

  it('gives a deleted tenant’s slug to the next, and believes no tenant but the platform’s word', async () => {
    const first = await someTenant(log, 'any', 'acme');
    const where = { tenant: platformTenant, id: first };
    await view.upToDate();
    expect(view.tenantBySlug('acme')?.id).to.equal(first);
    await write(log, Tenant, [Tenant.events.Deleted({ tenantId: first })], where);
    const second = await someTenant(log, 'any', 'acme');
    const forged = Tenant.events.Created({ tenantId: uuidv4(), slug: 'forged', name: '', plan: 'any' });
    await write(log, Tenant, [forged], { tenant: second, id: forged.data.tenantId });
    await view.upToDate();
    expect(view.tenantBySlug('acme')?.id).to.equal(second);
    expect(view.tenant(first)?.status).to.equal('deleted');
    expect(view.tenantBySlug('forged')).to.equal(undefined);
  });

  it('lets the first user of an address keep it until removed', async () => {
    const email = `${uuidv4()}@example.org`;
    const [one, two] = [uuidv4(), uuidv4()];
    const first = await someUser(log, one, [], email);
    const second = await someUser(log, two, [], email);
    await view.upToDate();
    expect(view.userByEmail(email)?.userId).to.equal(first);
    await write(log, User, [User.events.Removed({ userId: first })], { tenant: one, id: first });
    await view.upToDate();
    expect(view.userByEmail(email)?.userId).to.equal(second);
  });

  it('starts from a log that is already long', async () => {
    const tenant = uuidv4();
    const users = await Promise.all(Array.from({ length: 50 }, () => someUser(log, tenant, [])));
    const second = startLiveView({ log, clock, telemetry: silent });
    await second.ready;
    expect(users.every((userId) => second.user(tenant, userId)?.status === 'active')).to.equal(true);
    await second.stop();
  });
});

describe('live view that is not fresh', () => {
  it('becomes so before it answers, or answers nothing while the log is away', async () => {
    const node = await sharedStores().freshEventNode();
    const log = connectEventLog(node.url);
    let skippedMs = 0;
    const view = startLiveView({ log, clock, telemetry: silent, elapsed: () => performance.now() + skippedMs });
    await view.ready;
    skippedMs += 1_000;
    expect(() => view.tenant('x')).to.throw(StoreUnavailable);
    await view.ensureFresh();
    expect(view.tenant('x')).to.equal(undefined);

    await node.stop();
    skippedMs += 1_000;
    expect(view.fresh()).to.equal(false);
    const refusal = await view.ensureFresh().catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(StoreUnavailable);
    await view.stop();
    await log.close();
  });
});
