import { z } from 'zod';
import { CatalogueId } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';
import { platformTenant } from '../../src/kernel/principal.ts';

export const foundPlatform = command({
  name: 'tenancy.foundPlatform',
  summary: 'Makes the installation’s own tenant, once.',
  input: z.strictObject({ plan: CatalogueId }),
  output: ShownTenant,
  controls: {
    effect: 'create',
    permission: 'tenancy.platform.found',
    platformOnly: true,
    audit: { action: 'tenancy.platform.found', subject: () => platformTenant },
  },
  aggregate: Tenant,
  stream: () => platformTenant,
  decide: ({ status }, { plan }) =>
    status === 'absent'
      ? [Tenant.events.Created({ tenantId: platformTenant, slug: platformTenant, name: 'Platform', plan })]
      : [],
  respond: showTenant,
});
