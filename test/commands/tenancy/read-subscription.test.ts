import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { somePlan, someTenant } from '../../support/identities.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('read subscription', () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());

  it('says what plan, add-ons and overrides come to', async () => {
    await somePlan(world.log, 'free');
    const tenantId = await someTenant(world.log, 'free');
    const answer = await world.processes[0]?.askAs(tenantId, 'tenancy.readSubscription', {});
    expect(answer?.body).to.deep.equal({
      tenantId,
      plan: 'free',
      addOns: [],
      entitlements: ['vault.versioned-secrets'],
      quotas: { 'vault.secret_versions': 10 },
      ratePerMinute: 600,
    });
  });

  it('knows no tenant that was never made', async () => {
    const answer = await world.processes[0]?.askAs(uuidv4(), 'tenancy.readSubscription', {});
    expect(answer?.rejection?.code).to.equal('TenantNotFound');
  });
});
