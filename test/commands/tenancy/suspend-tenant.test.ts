import { suspendTenant } from '../../../commands/tenancy/suspend-tenant.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { acme, acmeCreated, acmeSuspended, platformCreated, shownAcme } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const input = { tenantId: acme, reason: 'unpaid' };

describe('suspend tenant', () => {
  it('suspends it once', () => {
    const suspended = given([acmeCreated]).when(suspendTenant, input);
    suspended.then([acmeSuspended]);
    suspended.thenAnswered({ ...shownAcme, status: 'suspended' });
    given([acmeCreated, acmeSuspended]).when(suspendTenant, input).then([]);
  });

  it('finds none unknown', () => {
    given([]).when(suspendTenant, input).thenRejected('TenantNotFound');
  });

  it('does not lock the platform out of itself', () => {
    given([platformCreated])
      .when(suspendTenant, { ...input, tenantId: platformTenant })
      .thenRejected('PlatformItself');
  });
});
