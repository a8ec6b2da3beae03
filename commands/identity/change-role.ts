import { z } from 'zod';
import { PermissionName, RoleName } from '../../src/domain/identity/names.ts';
import { Role } from '../../src/domain/identity/role.ts';
import { exceeding, refuseExcess } from '../../src/domain/identity/role-choice.ts';
import { ShownRole } from '../../src/domain/identity/shown.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const changeRole = command({
  name: 'identity.changeRole',
  summary: 'Changes what a role permits, for all who hold it; from the answer on nothing it lost is accepted.',
  route: 'PUT /auth/v1/roles/:role',
  input: z.strictObject({
    role: RoleName,
    description: z.string().trim().max(500).optional(),
    permissions: z.array(PermissionName).max(500),
  }),
  output: ShownRole,
  controls: {
    effect: 'change',
    permission: 'identity.role.define',
    revokes: true,
    audit: { action: 'identity.role.change', subject: ({ role }) => role },
  },
  aggregate: Role,
  stream: ({ role }) => role,
  rejections: { RoleNotFound: 404, ExceedsYours: 403 },
  decide: (before, { role, permissions, description = before.description }, { permissions: own }) => {
    if (before.status !== 'defined') return reject('RoleNotFound');
    const added = permissions.filter((permission) => !before.permissions.includes(permission));
    const excess = refuseExcess(exceeding(added, { permissions: own }));
    return excess ?? [Role.events.Changed({ role, description, permissions: [...new Set(permissions)] })];
  },
  respond: ({ description, permissions, role, shared }) => ({
    role,
    description,
    permissions: [...permissions],
    shared,
  }),
});
