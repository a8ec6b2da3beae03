import { removeUser } from '../../../commands/identity/remove-user.ts';
import { bob, bobLocked, bobRegistered, bobRemoved, shownBob } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

describe('remove user', () => {
  it('removes an account, locked or not, with its roles', () => {
    given([bobRegistered])
      .when(removeUser, { userId: bob })
      .thenAnswered({ ...shownBob, status: 'removed', roles: [] });
    given([bobRegistered, bobLocked]).when(removeUser, { userId: bob }).then([bobRemoved]);
  });

  it('finds nobody twice', () => {
    given([bobRegistered, bobRemoved]).when(removeUser, { userId: bob }).thenRejected('UserNotFound');
  });

  it('is somebody else’s to do', () => {
    const context = { actor: { type: 'user' as const, id: bob } };
    given([bobRegistered]).when(removeUser, { userId: bob }, { context }).thenRejected('OwnAccount');
  });
});
