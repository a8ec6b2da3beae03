import { unlockUser } from '../../../commands/identity/unlock-user.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobLocked, bobRegistered, bobRemoved } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

describe('unlock user', () => {
  it('unlocks what is locked, and nothing else', () => {
    const input = { userId: bob };
    given([bobRegistered, bobLocked])
      .when(unlockUser, input)
      .then([User.events.Unlocked(input)]);
    given([bobRegistered]).when(unlockUser, input).then([]);
  });

  it('finds nobody removed', () => {
    given([bobRegistered, bobRemoved]).when(unlockUser, { userId: bob }).thenRejected('UserNotFound');
  });

  it('is somebody else’s to do', () => {
    const context = { actor: { type: 'user' as const, id: bob } };
    given([bobRegistered, bobLocked]).when(unlockUser, { userId: bob }, { context }).thenRejected('OwnAccount');
  });
});
