import { setUserRoles } from '../../../commands/identity/set-user-roles.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobRegistered, nothingAgainst } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const input = { userId: bob, roles: ['operator'] };

describe('set user roles', () => {
  it('grants what is new and revokes what is left out', () => {
    given([bobRegistered])
      .when(setUserRoles, input, { prepared: nothingAgainst })
      .then([
        User.events.RoleGranted({ userId: bob, role: 'operator' }),
        User.events.RoleRevoked({ userId: bob, role: 'reader' }),
      ]);
    const same = { userId: bob, roles: ['reader'] };
    given([bobRegistered]).when(setUserRoles, same, { prepared: nothingAgainst }).then([]);
  });

  it('finds nobody unknown', () => {
    given([]).when(setUserRoles, input, { prepared: nothingAgainst }).thenRejected('UserNotFound');
  });

  it('raises nobody by their own hand', () => {
    const options = { prepared: nothingAgainst, context: { actor: { type: 'user' as const, id: bob } } };
    given([bobRegistered]).when(setUserRoles, input, options).thenRejected('OwnAccount');
  });

  it('knows the roles it gives', () => {
    const prepared = { unknown: ['operator'], exceeding: [] };
    given([bobRegistered]).when(setUserRoles, input, { prepared }).thenRejected('RoleUnknown');
  });

  it('gives away no more than the giver holds', () => {
    const prepared = { unknown: [], exceeding: ['kms.*'] };
    given([bobRegistered]).when(setUserRoles, input, { prepared }).thenRejected('ExceedsYours');
  });
});
