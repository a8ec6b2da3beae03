import { lockUser } from '../../../commands/identity/lock-user.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobLocked, bobRegistered, bobRemoved, shownBob } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

describe('lock user', () => {
  it('locks an account', () => {
    const locked = given([bobRegistered]).when(lockUser, { userId: bob, reason: 'left' });
    locked.then([User.events.Locked({ userId: bob, reason: 'left' })]);
    locked.thenAnswered({ ...shownBob, status: 'locked' });
  });

  it('does nothing to one that is locked', () => {
    given([bobRegistered, bobLocked]).when(lockUser, { userId: bob }).then([]);
  });

  it('finds nobody unknown or removed', () => {
    given([]).when(lockUser, { userId: bob }).thenRejected('UserNotFound');
    given([bobRegistered, bobRemoved]).when(lockUser, { userId: bob }).thenRejected('UserNotFound');
  });

  it('locks nobody out by their own hand', () => {
    const context = { actor: { type: 'user' as const, id: bob } };
    given([bobRegistered]).when(lockUser, { userId: bob }, { context }).thenRejected('OwnAccount');
  });
});
