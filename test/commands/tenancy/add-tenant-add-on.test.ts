import { addTenantAddOn } from '../../../commands/tenancy/add-tenant-add-on.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { acme, acmeCreated, shownAcme } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const input = { tenantId: acme, addOn: 'byohsm' };
const known = { prepared: { known: true } };

describe('add tenant add-on', () => {
  it('adds it once', () => {
    const added = Tenant.events.AddOnAdded(input);
    given([acmeCreated])
      .when(addTenantAddOn, input, known)
      .thenAnswered({ ...shownAcme, addOns: ['byohsm'] });
    given([acmeCreated]).when(addTenantAddOn, input, known).then([added]);
    given([acmeCreated, added]).when(addTenantAddOn, input, known).then([]);
  });

  it('finds no tenant unknown', () => {
    given([]).when(addTenantAddOn, input, known).thenRejected('TenantNotFound');
  });

  it('knows the add-on', () => {
    given([acmeCreated])
      .when(addTenantAddOn, input, { prepared: { known: false } })
      .thenRejected('AddOnUnknown');
  });
});
