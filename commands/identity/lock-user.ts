import { z } from 'zod';
import { byUserId, onUser, refuseAccount } from '../../src/domain/identity/changing-users.ts';
import { ShownUser, showUser } from '../../src/domain/identity/shown.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';

export const lockUser = command({
  name: 'identity.lockUser',
  summary: 'Locks an account: from the answer on nothing of it is accepted, until it is unlocked.',
  route: 'POST /auth/v1/users/:userId/lock',
  input: z.strictObject({ ...byUserId, reason: z.string().trim().max(200).optional() }),
  output: ShownUser,
  controls: {
    effect: 'remove',
    permission: 'identity.user.lock',
    revokes: true,
    audit: { action: 'identity.user.lock', subject: ({ userId }) => userId },
  },
  ...onUser,
  rejections: { UserNotFound: 404, OwnAccount: 409 },
  decide: (user, { userId, reason }, { actor }) =>
    refuseAccount(user, { userId }, { actor }) ??
    (user.status === 'locked' ? [] : [User.events.Locked({ userId, reason })]),
  respond: showUser,
});
