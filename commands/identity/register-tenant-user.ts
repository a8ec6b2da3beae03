import { z } from 'zod';
import { registering, registration } from '../../src/domain/identity/registering.ts';
import { ShownUser } from '../../src/domain/identity/shown.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const registerTenantUser = command({
  name: 'identity.registerTenantUser',
  summary: 'Registers a person in another tenant, such as its first owner; for the platform’s operators.',
  route: 'POST /tenant/v1/tenants/:tenantId/users',
  status: 201,
  input: z.strictObject({ ...registration, tenantId: z.uuid() }),
  output: ShownUser,
  controls: {
    effect: 'create',
    permission: 'identity.tenant-user.register',
    platformOnly: { actsIn: ({ tenantId }) => tenantId },
    audit: { action: 'identity.user.register', subject: ({ email }) => email },
  },
  ...registering,
  rejections: { TenantNotFound: 404, EmailTaken: 409, RoleUnknown: 422, ExceedsYours: 403 },
  prepare: async (user, input, context) => {
    const checked = await registering.prepare(user, input, context);
    return { ...checked, tenant: context.ports.directory.tenant(input.tenantId)?.status };
  },
  decide: (user, input, context) => {
    const { tenant } = context.prepared;
    if (tenant === undefined || tenant === 'deleted') return reject('TenantNotFound');
    return registering.decide(user, input, context);
  },
});
