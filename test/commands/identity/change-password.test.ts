import { changePassword } from '../../../commands/identity/change-password.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobRegistered, session } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const input = { currentPassword: 'an old password', newPassword: 'a new password' };
const context = { actor: { type: 'user' as const, id: bob }, credentialId: session };
const newHash = { keyId: 'key-2', sealed: 'c2VhbGVk' };

describe('change password', () => {
  it('changes it, and keeps the session that did', () => {
    const changed = given([bobRegistered]).when(changePassword, input, { context, prepared: { password: newHash } });
    changed.then([
      User.events.PasswordChanged({
        userId: bob,
        password: newHash,
        passwordVersion: 2,
        replacedKeyId: 'key-1',
        keptSession: session,
      }),
    ]);
    changed.thenAnswered({ userId: bob, passwordVersion: 2 });
  });

  it('wants the current one', () => {
    const options = { context, prepared: { password: undefined } };
    given([bobRegistered]).when(changePassword, input, options).thenRejected('WrongPassword');
  });

  it('is for people with an account', () => {
    given([]).when(changePassword, input, { context }).thenRejected('UserNotFound');
  });
});
