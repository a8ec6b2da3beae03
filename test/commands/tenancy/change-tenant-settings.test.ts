import { changeTenantSettings } from '../../../commands/tenancy/change-tenant-settings.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { acme, acmeCreated } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const input = { tenantId: acme, settings: { 'retention.days': '30' } };

describe('change tenant settings', () => {
  it('changes those given', () => {
    given([acmeCreated])
      .when(changeTenantSettings, input)
      .then([Tenant.events.SettingsChanged(input)]);
    given([acmeCreated]).when(changeTenantSettings, { tenantId: acme, settings: {} }).then([]);
  });

  it('finds no tenant unknown', () => {
    given([]).when(changeTenantSettings, input).thenRejected('TenantNotFound');
  });
});
