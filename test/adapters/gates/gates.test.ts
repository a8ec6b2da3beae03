import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { createGates } from '../../../src/adapters/gates/gates.ts';
import { type LiveView, startLiveView } from '../../../src/adapters/live-view/live-view.ts';
import { Session } from '../../../src/domain/identity/session.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { revocationLeaseMs } from '../../../src/kernel/directory.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { Gates } from '../../../src/kernel/ports.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { write } from '../../support/events.ts';
import { somePlan, someRole, someSession, someTenant, someUser } from '../../support/identities.ts';
import { sharedStores } from '../../support/stores.ts';

const clock = { now: () => Date.now() };
/** Stands for the signature alone: what the token says is taken as proven. */
const accessTokens = {
  verify: async (token: string) => {
    const [tenant, userId, sessionId] = token.split(' ');
    return tenant && userId && sessionId ? { tenant, userId, sessionId } : undefined;
  },
};

describe('gates', () => {
  let log: EventLog;
  const views: LiveView[] = [];
  const made: (Gates & { close(): Promise<void> })[] = [];
  let gates: Gates;
  let other: Gates;
  let tenant: string;
  const plan = 'cheap';

  before(async () => {
    log = connectEventLog((await sharedStores().freshEventNode()).url);
    const redisUrl = await sharedStores().redisUrl();
    await somePlan(log, plan, { ratePerMinute: 5 });
    await somePlan(log, 'dear', { monthlyPriceCents: 900, entitlements: ['kms.*'] });
    await somePlan(log, 'dearest', { monthlyPriceCents: 9_900, entitlements: ['*'] });
    tenant = await someTenant(log, plan);
    await someRole(log, tenant, 'reader', ['vault.secret.read']);
    for (let process = 0; process < 2; process++) {
      const liveView = startLiveView({ log, clock, telemetry: silent });
      views.push(liveView);
      made.push(createGates({ liveView, accessTokens, redisUrl, clock, telemetry: silent, usage: async () => 0 }));
      await liveView.ready;
    }
    [gates, other] = made as unknown as [Gates, Gates];
  });

  after(async () => {
    await Promise.all(made.map((each) => each.close()));
    await Promise.all(views.map((view) => view.stop()));
    await log.close();
  });

  const bearer = (value: string) => ({ scheme: 'bearer' as const, value });

  it('knows a session the moment it is open, on any process', async () => {
    const userId = await someUser(log, tenant, ['reader']);
    const sessionId = await someSession(log, tenant, userId);
    const expected = {
      tenant,
      actor: { type: 'user', id: userId },
      permissions: ['vault.secret.read'],
      credentialId: sessionId,
    };
    for (const each of made) {
      expect(await each.authenticate(bearer(`${tenant} ${userId} ${sessionId}`))).to.deep.equal(expected);
    }
  });

  it('takes no token without a session, of another tenant, or of another kind', async () => {
    const userId = await someUser(log, tenant, []);
    const sessionId = await someSession(log, tenant, userId);
    const elsewhere = await someTenant(log, plan);
    for (const token of [`${tenant} ${userId} ${uuidv4()}`, `${elsewhere} ${userId} ${sessionId}`, 'nonsense']) {
      expect(await gates.authenticate(bearer(token))).to.equal(undefined);
    }
    const value = `${tenant} ${userId} ${sessionId}`;
    expect(await gates.authenticate({ scheme: 'agent-secret', value })).to.equal(undefined);
  });

  const revocations = {
    'the session is closed': (userId: string, sessionId: string) =>
      write(log, Session, [Session.events.Closed({ sessionId, userId, reason: 'logout' })], { tenant, id: sessionId }),
    'the user is locked': (userId: string) =>
      write(log, User, [User.events.Locked({ userId })], { tenant, id: userId }),
    'the user is removed': (userId: string) =>
      write(log, User, [User.events.Removed({ userId })], { tenant, id: userId }),
  };
  for (const [what, revoke] of Object.entries(revocations)) {
    it(`accepts nothing on any process once ${what} and the lease is over`, async () => {
      const userId = await someUser(log, tenant, ['reader']);
      const sessionId = await someSession(log, tenant, userId);
      const token = bearer(`${tenant} ${userId} ${sessionId}`);
      for (const each of made) expect(await each.authenticate(token)).not.to.equal(undefined);
      const asking = { acknowledged: false, after: 0 };
      const hammer = async (): Promise<void> => {
        for (let asked = 0; asking.after < 200; asked++) {
          const { acknowledged } = asking;
          const principal = await made[asked % made.length]?.authenticate(token);
          if (acknowledged) {
            asking.after++;
            expect(principal).to.equal(undefined);
          }
          await new Promise(setImmediate);
        }
      };
      const hammering = hammer();
      await revoke(userId, sessionId);
      await new Promise((resolve) => setTimeout(resolve, revocationLeaseMs));
      asking.acknowledged = true;
      await hammering;
    });
  }

  it('accepts nobody of a suspended tenant', async () => {
    const suspended = await someTenant(log, plan);
    const userId = await someUser(log, suspended, []);
    const token = bearer(`${suspended} ${userId} ${await someSession(log, suspended, userId)}`);
    expect(await other.authenticate(token)).not.to.equal(undefined);
    const event = Tenant.events.Suspended({ tenantId: suspended, reason: 'unpaid' });
    await write(log, Tenant, [event], { tenant: platformTenant, id: suspended });
    await Promise.all(views.map((view) => view.upToDate()));
    expect(await other.authenticate(token)).to.equal(undefined);
    expect(await other.entitlement(suspended, 'vault.versioned-secrets')).to.deep.equal({ allowed: false });
  });

  it('tells a feature the plan has, and else the cheapest plan that has it', async () => {
    await views[0]?.upToDate();
    expect(await gates.entitlement(tenant, 'vault.versioned-secrets')).to.deep.equal({ allowed: true });
    expect(await gates.entitlement(tenant, 'kms.hsm')).to.deep.equal({ allowed: false, neededPlan: 'dear' });
    expect(await gates.entitlement(tenant, 'audit.export')).to.deep.equal({ allowed: false, neededPlan: 'dearest' });
  });

  it('limits a caller by the plan, a source by endpoint, and failures by source', async () => {
    const count = async (key: string, asks: number): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: asks }, () => gates.rate(key)));
      const refused = answers.find(({ allowed }) => !allowed);
      if (refused !== undefined) expect(refused).to.deep.include({ remaining: 0, resetSeconds: 60 });
      return answers.filter(({ allowed }) => allowed).length;
    };
    expect(await count(`${tenant}/user/${uuidv4()}`, 8)).to.equal(5);
    expect(await count('source/identity.login/192.0.2.1', 15)).to.equal(10);
    expect(await count('source/identity.login/192.0.2.2', 3)).to.equal(3);
    expect(await count('failures/192.0.2.1', 25)).to.equal(20);
  });
});
