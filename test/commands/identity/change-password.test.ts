import { changePassword } from '../../../commands/identity/change-password.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobRegistered, sealedHash, session } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const input = { currentPassword: 'an old password', newPassword: 'a new password' };
const context = { actor: { type: 'user' as const, id: bob }, credentialId: session };

describe('change password', () => {
  it('changes it, and keeps the session that did', () => {
    const changed = given([bobRegistered]).when(changePassword, input, { context, prepared: { password: sealedHash } });
    changed.then([
      User.events.PasswordChanged({ userId: bob, password: sealedHash, passwordVersion: 2, keptSession: session }),
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
