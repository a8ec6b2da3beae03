import { Role } from '../../../src/domain/identity/role.ts';
import { Session } from '../../../src/domain/identity/session.ts';
import { User } from '../../../src/domain/identity/user.ts';

/** Who asks in a test, unless it says otherwise: not one of these. */
export const bob = '0b0b0b0b-0000-4000-8000-000000000001';
export const carol = '0c0c0c0c-0000-4000-8000-000000000002';
export const session = '05050505-0000-4000-8000-000000000003';
export const sealedHash = { keyId: 'key-1', sealed: 'c2VhbGVk' };
export const nothingAgainst = { unknown: [], exceeding: [] };

/** Bob, as first registered. */
export const bobRegistered = User.events.Registered({
  userId: bob,
  email: 'bob@example.org',
  name: 'Bob',
  roles: ['reader'],
  password: sealedHash,
  passwordVersion: 1,
});
export const bobLocked = User.events.Locked({ userId: bob });
export const bobRemoved = User.events.Removed({ userId: bob, passwordKeyId: sealedHash.keyId });
export const shownBob = {
  userId: bob,
  email: 'bob@example.org',
  name: 'Bob',
  status: 'active',
  roles: ['reader'],
};

export const readerDefined = Role.events.Defined({
  role: 'reader',
  description: 'Reads',
  permissions: ['*.read'],
  shared: false,
});
export const readerRemoved = Role.events.Removed({ role: 'reader' });

export const sessionOpened = Session.events.Opened({
  sessionId: session,
  userId: bob,
  passwordVersion: 1,
  expiresAt: '2026-01-01T01:00:00.000Z',
});

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'identity.changePassword': { currentPassword: 'not the password', newPassword: 'a better one, and long' },
  'identity.changeRole': { role: 'nobodys-role', permissions: [] },
  'identity.defineRole': { role: 'walker', permissions: [] },
  'identity.lockUser': { userId: bob },
  'identity.login': { email: 'nobody@example.org', password: 'not the password' },
  'identity.loginToBroker': { email: 'nobody@example.org', password: 'not the password' },
  'identity.loginWithUsername': { username: 'nobody@example.org', password: 'not the password' },
  'identity.registerTenantUser': {
    tenantId: '0f0f0f0f-0000-4000-8000-00000000000f',
    email: 'walker@example.org',
    name: 'Walker',
    password: 'long enough a password',
  },
  'identity.registerUser': { email: 'walker@example.org', name: 'Walker', password: 'long enough a password' },
  'identity.removeRole': { role: 'nobodys-role' },
  'identity.removeUser': { userId: bob },
  'identity.setUserPassword': { userId: bob, password: 'long enough a password' },
  'identity.setUserRoles': { userId: bob, roles: [] },
  'identity.unlockUser': { userId: bob },
  'identity.getUser': { userId: bob },
};
