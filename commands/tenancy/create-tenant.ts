import { z } from 'zod';
import { CatalogueId, Slug } from '../../src/domain/tenancy/names.ts';
import { ShownTenant, showTenant } from '../../src/domain/tenancy/shown.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const createTenant = command({
  name: 'tenancy.createTenant',
  summary:
    'Creates a tenant under an id of its own; the slug may be that of a deleted tenant, of which it sees nothing.',
  route: 'POST /tenant/v1/tenants',
  status: 201,
  input: z.strictObject({ slug: Slug, name: z.string().trim().min(1).max(200), plan: CatalogueId }),
  output: ShownTenant,
  controls: {
    effect: 'create',
    permission: 'tenancy.tenant.create',
    platformOnly: true,
    audit: { action: 'tenancy.tenant.create', subject: ({ slug }) => slug },
  },
  aggregate: Tenant,
  stream: (_input, { newId }) => newId('tenant'),
  rejections: { SlugTaken: 409, PlanUnknown: 422 },
  prepare: async (_tenant, { plan, slug }, { ports }) => {
    await ports.directory.upToDate();
    return {
      taken: ports.directory.tenantBySlug(slug) !== undefined,
      known: ports.directory.plan(plan) !== undefined,
    };
  },
  decide: (tenant, { name, plan, slug }, { newId, prepared: { known, taken } }) => {
    if (taken || tenant.status !== 'absent') return reject('SlugTaken');
    if (!known) return reject('PlanUnknown');
    return [Tenant.events.Created({ tenantId: newId('tenant'), slug, name, plan })];
  },
  respond: showTenant,
});
