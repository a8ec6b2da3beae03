import { expect } from 'chai';
import { createTenant } from '../../../commands/tenancy/create-tenant.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { asPlatform } from '../../support/controls/tenancy.ts';
import { given, testContext } from '../../support/scenario.ts';

const input = { slug: 'acme', name: 'Acme', plan: 'free' };

describe('create tenant', () => {
  it('creates it under an id that is not the slug', () => {
    const tenantId = testContext.newId('tenant');
    const created = given([]).when(createTenant, input, { ...asPlatform, prepared: { taken: false, known: true } });
    created.then([Tenant.events.Created({ ...input, tenantId })]);
    created.thenAnswered({ ...input, tenantId, status: 'active', addOns: [], quotas: {} });
  });

  it('takes no slug twice', () => {
    const options = { ...asPlatform, prepared: { taken: true, known: true } };
    given([]).when(createTenant, input, options).thenRejected('SlugTaken');
  });

  it('knows the plan', () => {
    const options = { ...asPlatform, prepared: { taken: false, known: false } };
    given([]).when(createTenant, input, options).thenRejected('PlanUnknown');
  });

  it('takes slugs that can stand in a host name', () => {
    for (const slug of ['-acme', 'acme-', 'Acme', 'a.b', '', 'a'.repeat(64)]) {
      expect(createTenant.input.safeParse({ ...input, slug }).success, slug).to.equal(false);
    }
  });
});
