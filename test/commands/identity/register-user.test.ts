import { expect } from 'chai';
import { registerUser } from '../../../commands/identity/register-user.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { nothingAgainst, sealedHash } from '../../support/controls/identity.ts';
import { given, testContext } from '../../support/scenario.ts';

const input = { email: ' Bob@Example.org ', name: 'Bob', password: 'a long password', roles: ['reader', 'reader'] };
const fine = { taken: false, choice: nothingAgainst, password: sealedHash };

describe('register user', () => {
  it('registers under an id of its own, with one spelling of the address', () => {
    const userId = testContext.newId('user');
    const registered = given([]).when(registerUser, input, { prepared: fine });
    registered.then([
      User.events.Registered({
        userId,
        email: 'bob@example.org',
        name: 'Bob',
        roles: ['reader'],
        password: sealedHash,
        passwordVersion: 1,
      }),
    ]);
    registered.thenAnswered({ userId, email: 'bob@example.org', name: 'Bob', status: 'active', roles: ['reader'] });
  });

  it('takes no address twice', () => {
    const prepared = { ...fine, taken: true, password: undefined };
    given([]).when(registerUser, input, { prepared }).thenRejected('EmailTaken');
  });

  it('knows the roles it gives', () => {
    const prepared = { ...fine, choice: { unknown: ['reader'], exceeding: [] }, password: undefined };
    given([]).when(registerUser, input, { prepared }).thenRejected('RoleUnknown');
  });

  it('gives away no more than the giver holds', () => {
    const prepared = { ...fine, choice: { unknown: [], exceeding: ['*'] }, password: undefined };
    given([]).when(registerUser, input, { prepared }).thenRejected('ExceedsYours');
  });

  it('wants a password of twelve characters, and an address', () => {
    for (const wrong of [{ password: 'short' }, { password: 'x'.repeat(257) }, { email: 'nobody' }]) {
      expect(registerUser.input.safeParse({ ...input, ...wrong }).success).to.equal(false);
    }
  });
});
