import { deleteTenant } from '../../../commands/tenancy/delete-tenant.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { acme, acmeCreated, acmeDeleted, platformCreated } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

describe('delete tenant', () => {
  it('deletes it once', () => {
    given([acmeCreated]).when(deleteTenant, { tenantId: acme }).then([acmeDeleted]);
    given([acmeCreated, acmeDeleted]).when(deleteTenant, { tenantId: acme }).thenRejected('TenantNotFound');
  });

  it('keeps the platform', () => {
    given([platformCreated]).when(deleteTenant, { tenantId: platformTenant }).thenRejected('PlatformItself');
  });
});
