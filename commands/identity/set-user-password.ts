import { z } from 'zod';
import { byUserId, onUser, refuseAccount } from '../../src/domain/identity/changing-users.ts';
import { Password } from '../../src/domain/identity/names.ts';
import { sealPassword } from '../../src/domain/identity/password.ts';
import { exceeding, refuseExcess } from '../../src/domain/identity/role-choice.ts';
import { ShownUser, showUser } from '../../src/domain/identity/shown.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';

export const setUserPassword = command({
  name: 'identity.setUserPassword',
  summary: 'Sets somebody else’s password and ends their sessions; not of an account that may do more than the caller.',
  route: 'PUT /auth/v1/users/:userId/password',
  input: z.strictObject({ ...byUserId, password: Password }),
  output: ShownUser,
  controls: {
    effect: 'change',
    permission: 'identity.user.set-password',
    revokes: true,
    audit: { action: 'identity.user.set-password', subject: ({ userId }) => userId },
  },
  ...onUser,
  rejections: { UserNotFound: 404, OwnAccount: 409, ExceedsYours: 403 },
  validate: refuseAccount,
  prepare: async (user, { userId, password }, { permissions, ports, tenant }) => {
    await ports.directory.upToDate();
    const excess = exceeding(ports.directory.user(tenant, userId)?.permissions ?? [], { permissions });
    const place = { tenant, userId, version: user.passwordVersion + 1 };
    return { excess, password: excess.length > 0 ? undefined : await sealPassword(ports, place, password) };
  },
  decide: ({ password: replaced, passwordVersion }, { userId }, { prepared: { excess, password } }) => {
    const refused = refuseExcess(excess);
    if (refused !== undefined || password === undefined) return refused ?? [];
    const changed = { userId, password, passwordVersion: passwordVersion + 1, replacedKeyId: replaced?.keyId };
    return [User.events.PasswordChanged(changed)];
  },
  respond: showUser,
});
