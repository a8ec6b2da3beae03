import { z } from 'zod';
import type { Context } from '../../kernel/endpoint.ts';
import { type Rejection, reject } from '../../kernel/rejection.ts';
import { UserId } from './names.ts';
import { User, type UserState } from './user.ts';

/** Names the user by the path. */
export const byUserId = { userId: UserId };
export const UserById = z.strictObject(byUserId);

/** The parts shared by what one person does to another's account. */
export const onUser = {
  aggregate: User,
  stream: ({ userId }: { readonly userId: string }): string => userId,
};

/** There must be such a user, and nobody locks themselves out. */
export function refuseAccount(
  user: UserState,
  { userId }: { readonly userId: string },
  { actor }: Pick<Context, 'actor'>,
): Rejection<'UserNotFound' | 'OwnAccount'> | undefined {
  if (user.status === 'absent' || user.status === 'removed') return reject('UserNotFound');
  return userId === actor.id ? reject('OwnAccount', 'Somebody else has to do this to your account.') : undefined;
}
