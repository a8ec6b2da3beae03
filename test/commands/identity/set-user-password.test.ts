import { setUserPassword } from '../../../commands/identity/set-user-password.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobRegistered } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const input = { userId: bob, password: 'a new password' };
const newHash = { keyId: 'key-2', sealed: 'c2VhbGVk' };
const fine = { excess: [], password: newHash };

describe('set user password', () => {
  it('sets it, and keeps no session', () => {
    given([bobRegistered])
      .when(setUserPassword, input, { prepared: fine })
      .then([
        User.events.PasswordChanged({ userId: bob, password: newHash, passwordVersion: 2, replacedKeyId: 'key-1' }),
      ]);
  });

  it('takes over no account that may do more', () => {
    const prepared = { excess: ['*'], password: undefined };
    given([bobRegistered]).when(setUserPassword, input, { prepared }).thenRejected('ExceedsYours');
  });

  it('finds nobody unknown', () => {
    given([]).when(setUserPassword, input, { prepared: fine }).thenRejected('UserNotFound');
  });

  it('is not the way around one’s own current password', () => {
    const options = { prepared: fine, context: { actor: { type: 'user' as const, id: bob } } };
    given([bobRegistered]).when(setUserPassword, input, options).thenRejected('OwnAccount');
  });
});
