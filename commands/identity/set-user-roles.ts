import { z } from 'zod';
import { byUserId, onUser, refuseAccount } from '../../src/domain/identity/changing-users.ts';
import { RoleName } from '../../src/domain/identity/names.ts';
import { chooseRoles, refuseRoles } from '../../src/domain/identity/role-choice.ts';
import { ShownUser, showUser } from '../../src/domain/identity/shown.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';

export const setUserRoles = command({
  name: 'identity.setUserRoles',
  summary:
    'Gives an account exactly these roles; nobody gives roles that hold more than their own, nor changes their own.',
  route: 'PUT /auth/v1/users/:userId/roles',
  input: z.strictObject({ ...byUserId, roles: z.array(RoleName).max(50) }),
  output: ShownUser,
  controls: {
    effect: 'change',
    permission: 'identity.user.set-roles',
    revokes: true,
    audit: { action: 'identity.user.set-roles', subject: ({ userId }) => userId },
  },
  ...onUser,
  rejections: { UserNotFound: 404, OwnAccount: 409, RoleUnknown: 422, ExceedsYours: 403 },
  prepare: async (user, { roles }, { permissions, ports, tenant }) => {
    await ports.directory.upToDate();
    const added = roles.filter((role) => !user.roles.includes(role));
    return chooseRoles(ports.directory, added, { permissions, tenant });
  },
  decide: (user, { userId, roles }, { actor, prepared }) => {
    const refused = refuseAccount(user, { userId }, { actor }) ?? refuseRoles(prepared);
    if (refused !== undefined) return refused;
    const added = [...new Set(roles)].filter((role) => !user.roles.includes(role));
    const taken = user.roles.filter((role) => !roles.includes(role));
    return [
      ...added.map((role) => User.events.RoleGranted({ userId, role })),
      ...taken.map((role) => User.events.RoleRevoked({ userId, role })),
    ];
  },
  respond: showUser,
});
