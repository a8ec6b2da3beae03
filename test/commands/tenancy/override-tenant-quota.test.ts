import { overrideTenantQuota } from '../../../commands/tenancy/override-tenant-quota.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { acme, acmeCreated, shownAcme } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const meter = 'vault.secret_versions';
const set = { tenantId: acme, meter, units: 5 };

describe('override tenant quota', () => {
  it('sets the units, and gives the meter back to the plan', () => {
    const overridden = Tenant.events.QuotaOverridden(set);
    given([acmeCreated]).when(overrideTenantQuota, set).then([overridden]);
    given([acmeCreated])
      .when(overrideTenantQuota, set)
      .thenAnswered({ ...shownAcme, quotas: { [meter]: 5 } });
    given([acmeCreated, overridden]).when(overrideTenantQuota, set).then([]);
    given([acmeCreated, overridden])
      .when(overrideTenantQuota, { ...set, units: null })
      .thenAnswered(shownAcme);
  });

  it('finds no tenant unknown', () => {
    given([]).when(overrideTenantQuota, set).thenRejected('TenantNotFound');
  });
});
