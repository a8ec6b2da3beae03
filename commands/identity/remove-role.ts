import { z } from 'zod';
import { RoleName } from '../../src/domain/identity/names.ts';
import { Role } from '../../src/domain/identity/role.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const removeRole = command({
  name: 'identity.removeRole',
  summary: 'Removes a role; who holds it loses what it permits.',
  route: 'DELETE /auth/v1/roles/:role',
  input: z.strictObject({ role: RoleName }),
  output: z.object({ role: z.string() }),
  controls: {
    effect: 'remove',
    permission: 'identity.role.define',
    revokes: true,
    audit: { action: 'identity.role.remove', subject: ({ role }) => role },
  },
  aggregate: Role,
  stream: ({ role }) => role,
  rejections: { RoleNotFound: 404 },
  decide: ({ status }, { role }) => (status === 'defined' ? [Role.events.Removed({ role })] : reject('RoleNotFound')),
  respond: ({ role }) => ({ role }),
});
