import { expect } from 'chai';
import { definePlan } from '../../../commands/tenancy/define-plan.ts';
import { overrideTenantQuota } from '../../../commands/tenancy/override-tenant-quota.ts';
import { tenancyAddOns } from '../../../projections/tenancy/tenancy-add-ons.ts';
import { tenancyPlans } from '../../../projections/tenancy/tenancy-plans.ts';
import { tenancyTenants } from '../../../projections/tenancy/tenancy-tenants.ts';
import { getTenant } from '../../../queries/tenancy/get-tenant.ts';
import { listAddOns } from '../../../queries/tenancy/list-add-ons.ts';
import { listPlans } from '../../../queries/tenancy/list-plans.ts';
import { listTenants } from '../../../queries/tenancy/list-tenants.ts';
import { AddOn } from '../../../src/domain/tenancy/add-on.ts';
import { Plan } from '../../../src/domain/tenancy/plan.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { acme, acmeCreated, acmeSuspended, freeDefined, freeTerms, shownAcme } from '../../support/controls/tenancy.ts';
import { write } from '../../support/events.ts';
import { type Stack, startStack } from '../../support/stack.ts';

const at = '2026-01-01T00:00:00.000Z';
const meter = 'vault.secret_versions';

describe('tenants, plans and add-ons, as read', () => {
  let stack: Stack;
  const byPlatform = { tenant: platformTenant };

  before(async () => {
    stack = await startStack({ projections: [tenancyTenants, tenancyPlans, tenancyAddOns] });
    const { log } = stack;
    const events = [
      acmeCreated,
      acmeSuspended,
      Tenant.events.AddOnAdded({ tenantId: acme, addOn: 'byohsm' }),
      Tenant.events.AddOnAdded({ tenantId: acme, addOn: 'key-escrow' }),
      Tenant.events.AddOnRemoved({ tenantId: acme, addOn: 'byohsm' }),
      Tenant.events.PlanChanged({ tenantId: acme, plan: 'pro', previous: 'free' }),
      Tenant.events.QuotaOverridden({ tenantId: acme, meter, units: 5 }),
      Tenant.events.QuotaOverridden({ tenantId: acme, meter: 'kms.rotations', units: 7 }),
      Tenant.events.SettingsChanged({ tenantId: acme, settings: { a: '1', b: '1' } }),
      Tenant.events.SettingsChanged({ tenantId: acme, settings: { b: '2' } }),
    ];
    await write(log, Tenant, events, { tenant: platformTenant, id: acme, at });
    const dear = Plan.events.Defined({ ...freeTerms, plan: 'dear', monthlyPriceCents: 9_007_199_254_740_991 });
    await write(log, Plan, [dear], { tenant: platformTenant, id: 'dear', at });
    await write(log, Plan, [freeDefined], { tenant: platformTenant, id: 'free', at });
    const addOn = { addOn: 'byohsm', name: 'Own HSM', entitlements: ['kms.hsm'], quotas: {} };
    await write(log, AddOn, [AddOn.events.Defined({ ...addOn, name: 'HSM' }), AddOn.events.Changed(addOn)], {
      tenant: platformTenant,
      id: 'byohsm',
      at,
    });
  });

  after(() => stack.close());

  it('follow each change', async () => {
    await stack.ask(overrideTenantQuota, { tenantId: acme, meter: 'kms.rotations', units: null }, byPlatform);
    const { body } = await stack.ask(getTenant, { tenantId: acme }, byPlatform);
    expect(body).to.deep.equal({
      ...shownAcme,
      status: 'suspended',
      plan: 'pro',
      addOns: ['key-escrow'],
      quotas: { [meter]: 5 },
      settings: { a: '1', b: '2' },
      createdAt: at,
      changedAt: at,
    });
  });

  it('are listed', async () => {
    const { body: tenants } = await stack.ask(listTenants, { status: 'suspended' }, byPlatform);
    expect(tenants).to.have.nested.property('tenants[0].tenantId', acme);
    await stack.ask(definePlan, { ...freeTerms, name: 'Free of charge' }, byPlatform);
    const { body: plans } = await stack.ask(listPlans, {}, byPlatform);
    expect(plans).to.deep.equal({
      plans: [
        { ...freeTerms, name: 'Free of charge' },
        { ...freeTerms, plan: 'dear', monthlyPriceCents: 9_007_199_254_740_991 },
      ],
    });
    const { body: addOns } = await stack.ask(listAddOns, {}, byPlatform);
    expect(addOns).to.have.nested.include({ 'addOns[0].name': 'Own HSM', 'addOns[0].entitlements[0]': 'kms.hsm' });
  });

  it('find none unknown', async () => {
    const { rejection } = await stack.ask(getTenant, { tenantId: stack.tenant }, byPlatform);
    expect(rejection?.code).to.equal('TenantNotFound');
  });

  it('are the platform’s to see', async () => {
    for (const endpoint of [listTenants, listPlans, listAddOns]) {
      expect((await stack.ask(endpoint, {})).status).to.equal(403);
    }
    expect((await stack.ask(getTenant, { tenantId: acme })).status).to.equal(403);
  });
});
