import { z } from 'zod';
import { PermissionName, RoleName } from '../../src/domain/identity/names.ts';
import { Role } from '../../src/domain/identity/role.ts';
import { exceeding, refuseExcess } from '../../src/domain/identity/role-choice.ts';
import { ShownRole } from '../../src/domain/identity/shown.ts';
import { command } from '../../src/kernel/command.ts';
import { platformTenant } from '../../src/kernel/principal.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const defineRole = command({
  name: 'identity.defineRole',
  summary: 'Defines a role; the platform may share its own with every tenant. A removed role’s name is not used again.',
  route: 'POST /auth/v1/roles',
  status: 201,
  input: z.strictObject({
    role: RoleName,
    description: z.string().trim().max(500).default(''),
    permissions: z.array(PermissionName).max(500),
    shared: z.boolean().default(false),
  }),
  output: ShownRole,
  controls: {
    effect: 'create',
    permission: 'identity.role.define',
    audit: { action: 'identity.role.define', subject: ({ role }) => role },
  },
  aggregate: Role,
  stream: ({ role }) => role,
  rejections: { RoleNameUsed: 409, ExceedsYours: 403, NotThePlatform: 403 },
  decide: ({ status }, { description, permissions, role, shared }, { permissions: own, tenant }) => {
    if (status !== 'absent') return reject('RoleNameUsed');
    if (shared && tenant !== platformTenant) return reject('NotThePlatform', 'Only the platform shares roles.');
    const excess = refuseExcess(exceeding(permissions, { permissions: own }));
    return excess ?? [Role.events.Defined({ role, description, permissions: [...new Set(permissions)], shared })];
  },
  respond: ({ description, permissions, role, shared }) => ({
    role,
    description,
    permissions: [...permissions],
    shared,
  }),
});
