import { z } from 'zod';
import { ClaimedPassword } from '../../src/domain/identity/login.ts';
import { Password } from '../../src/domain/identity/names.ts';
import { isPassword, sealPassword } from '../../src/domain/identity/password.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const changePassword = command({
  name: 'identity.changePassword',
  summary: 'Changes the caller’s own password and ends all of their sessions but this one.',
  route: 'PUT /auth/v1/me/password',
  input: z.strictObject({ currentPassword: ClaimedPassword, newPassword: Password }),
  output: z.object({ userId: z.string(), passwordVersion: z.int() }),
  controls: {
    effect: 'change',
    permission: 'authenticated',
    revokes: true,
    audit: { action: 'identity.user.change-password', subject: () => 'self' },
  },
  aggregate: User,
  stream: (_input, { actor }) => actor.id,
  rejections: { UserNotFound: 404, WrongPassword: 403 },
  validate: (user) => (user.status === 'active' ? undefined : reject('UserNotFound')),
  prepare: async (user, { currentPassword, newPassword }, { ports, tenant }) => {
    const place = { tenant, userId: user.userId, version: user.passwordVersion };
    const right = await isPassword(ports, place, { sealed: user.password, password: currentPassword });
    const next = { ...place, version: place.version + 1 };
    return { password: right ? await sealPassword(ports, next, newPassword) : undefined };
  },
  decide: (user, _input, { credentialId, prepared: { password } }) => {
    if (password === undefined) return reject('WrongPassword');
    const { password: replaced, passwordVersion, userId } = user;
    const changed = { userId, password, passwordVersion: passwordVersion + 1, replacedKeyId: replaced?.keyId };
    return [User.events.PasswordChanged({ ...changed, keptSession: credentialId })];
  },
  respond: ({ userId, passwordVersion }) => ({ userId, passwordVersion }),
});
