import { removeTenantAddOn } from '../../../commands/tenancy/remove-tenant-add-on.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { acme, acmeCreated } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const input = { tenantId: acme, addOn: 'byohsm' };

describe('remove tenant add-on', () => {
  it('takes it away', () => {
    given([acmeCreated, Tenant.events.AddOnAdded(input)])
      .when(removeTenantAddOn, input)
      .then([Tenant.events.AddOnRemoved(input)]);
  });

  it('takes none that is not held', () => {
    given([acmeCreated]).when(removeTenantAddOn, input).thenRejected('AddOnNotHeld');
  });

  it('finds no tenant unknown', () => {
    given([]).when(removeTenantAddOn, input).thenRejected('TenantNotFound');
  });
});
