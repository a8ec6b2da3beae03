import { resumeTenant } from '../../../commands/tenancy/resume-tenant.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import { acme, acmeCreated, acmeDeleted, acmeSuspended } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

const input = { tenantId: acme };

describe('resume tenant', () => {
  it('resumes what is suspended, and nothing else', () => {
    given([acmeCreated, acmeSuspended])
      .when(resumeTenant, input)
      .then([Tenant.events.Resumed(input)]);
    given([acmeCreated]).when(resumeTenant, input).then([]);
  });

  it('brings none back that is deleted', () => {
    given([acmeCreated, acmeDeleted]).when(resumeTenant, input).thenRejected('TenantNotFound');
  });
});
