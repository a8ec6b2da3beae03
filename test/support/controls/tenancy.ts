import { Plan } from '../../../src/domain/tenancy/plan.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';

export const acme = '0a0a0a0a-0000-4000-8000-000000000001';

/** What is done to tenants is done by the platform's operators. */
export const asPlatform = { context: { tenant: platformTenant } };

export const acmeCreated = Tenant.events.Created({ tenantId: acme, slug: 'acme', name: 'Acme', plan: 'free' });
export const acmeSuspended = Tenant.events.Suspended({ tenantId: acme, reason: 'unpaid' });
export const acmeDeleted = Tenant.events.Deleted({ tenantId: acme });
export const platformCreated = Tenant.events.Created({
  tenantId: platformTenant,
  slug: platformTenant,
  name: 'Platform',
  plan: 'enterprise',
});
export const shownAcme = {
  tenantId: acme,
  slug: 'acme',
  name: 'Acme',
  status: 'active',
  plan: 'free',
  addOns: [],
  quotas: {},
};

export const freeTerms = {
  plan: 'free',
  name: 'Free',
  monthlyPriceCents: 0,
  entitlements: ['vault.versioned-secrets'],
  quotas: { 'vault.secret_versions': 10 },
  ratePerMinute: 600,
};
export const freeDefined = Plan.events.Defined(freeTerms);

const nobody = { tenantId: '0f0f0f0f-0000-4000-8000-00000000000f' };

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'tenancy.addTenantAddOn': { ...nobody, addOn: 'key-escrow' },
  'tenancy.changeTenantPlan': { ...nobody, plan: 'free' },
  'tenancy.changeTenantSettings': { ...nobody, settings: {} },
  'tenancy.createTenant': { slug: 'walked', name: 'Walked', plan: 'free' },
  'tenancy.defineAddOn': { addOn: 'walked', name: 'Walked', entitlements: [], quotas: {} },
  'tenancy.definePlan': { ...freeTerms, plan: 'walked' },
  'tenancy.deleteTenant': nobody,
  'tenancy.getTenant': nobody,
  'tenancy.overrideTenantQuota': { ...nobody, meter: 'vault.secret_versions', units: 5 },
  'tenancy.removeTenantAddOn': { ...nobody, addOn: 'key-escrow' },
  'tenancy.resumeTenant': nobody,
  'tenancy.suspendTenant': { ...nobody, reason: 'walked' },
};
