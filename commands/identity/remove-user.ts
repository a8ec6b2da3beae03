import { onUser, refuseAccount, UserById } from '../../src/domain/identity/changing-users.ts';
import { ShownUser, showUser } from '../../src/domain/identity/shown.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';

export const removeUser = command({
  name: 'identity.removeUser',
  summary: 'Removes an account for good; whoever is registered with its address again is somebody new.',
  route: 'DELETE /auth/v1/users/:userId',
  input: UserById,
  output: ShownUser,
  controls: {
    effect: 'remove',
    permission: 'identity.user.remove',
    revokes: true,
    audit: { action: 'identity.user.remove', subject: ({ userId }) => userId },
  },
  ...onUser,
  rejections: { UserNotFound: 404, OwnAccount: 409 },
  decide: (user, { userId }, { actor }) =>
    refuseAccount(user, { userId }, { actor }) ?? [
      User.events.Removed({ userId, passwordKeyId: user.password?.keyId }),
    ],
  respond: showUser,
});
