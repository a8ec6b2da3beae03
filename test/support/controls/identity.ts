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
export const bobRemoved = User.events.Removed({ userId: bob });
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
