import { onUser, refuseAccount, UserById } from '../../src/domain/identity/changing-users.ts';
import { ShownUser, showUser } from '../../src/domain/identity/shown.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';

export const unlockUser = command({
  name: 'identity.unlockUser',
  summary: 'Unlocks an account; its open sessions count again.',
  route: 'POST /auth/v1/users/:userId/unlock',
  input: UserById,
  output: ShownUser,
  controls: {
    effect: 'change',
    permission: 'identity.user.lock',
    audit: { action: 'identity.user.unlock', subject: ({ userId }) => userId },
  },
  ...onUser,
  rejections: { UserNotFound: 404, OwnAccount: 409 },
  decide: (user, { userId }, { actor }) =>
    refuseAccount(user, { userId }, { actor }) ?? (user.status === 'locked' ? [User.events.Unlocked({ userId })] : []),
  respond: showUser,
});
