import { changeTenantPlan } from '../../../commands/tenancy/change-tenant-plan.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { acme, acmeCreated, shownAcme } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const input = { tenantId: acme, plan: 'pro' };
const known = { prepared: { known: true } };

describe('change tenant plan', () => {
  it('puts it on another plan', () => {
    const changed = given([acmeCreated]).when(changeTenantPlan, input, known);
    changed.then([Tenant.events.PlanChanged({ ...input, previous: 'free' })]);
    changed.thenAnswered({ ...shownAcme, plan: 'pro' });
    given([acmeCreated])
      .when(changeTenantPlan, { ...input, plan: 'free' }, known)
      .then([]);
  });

  it('finds no tenant unknown', () => {
    given([]).when(changeTenantPlan, input, known).thenRejected('TenantNotFound');
  });

  it('knows the plan', () => {
    given([acmeCreated])
      .when(changeTenantPlan, input, { prepared: { known: false } })
      .thenRejected('PlanUnknown');
  });
});
