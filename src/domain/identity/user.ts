import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';
import type { Sealed } from '../../kernel/ports.ts';
import { UserId } from './names.ts';

const SealedHash = z.object({ keyId: z.string(), sealed: z.string() });
const userId = UserId;

export interface UserState {
  readonly status: 'absent' | 'active' | 'locked' | 'removed';
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Sealed argon2id hash. */
  readonly password: Sealed | undefined;
  /** Counts changes; a session opened under an older one is over. */
  readonly passwordVersion: number;
  /** The session that changed the password last, which goes on. */
  readonly keptSession: string | undefined;
}

/** A person who may log in. Holds the password's sealed hash, never the password. */
export const User = aggregate({
  name: 'identity.User',
  events: {
    Registered: z.object({
      userId,
      email: z.string(),
      name: z.string(),
      roles: z.array(z.string()),
      password: SealedHash,
      passwordVersion: z.int().positive(),
    }),
    PasswordChanged: z.object({
      userId,
      password: SealedHash,
      passwordVersion: z.int().positive(),
      keptSession: z.string().optional(),
      /** The data key of the hash before this, which nothing needs any more. */
      replacedKeyId: z.string().optional(),
    }),
    Locked: z.object({ userId, reason: z.string().optional() }),
    Unlocked: z.object({ userId }),
    Removed: z.object({ userId, passwordKeyId: z.string().optional() }),
    RoleGranted: z.object({ userId, role: z.string() }),
    RoleRevoked: z.object({ userId, role: z.string() }),
  },
  initial: (): UserState => ({
    status: 'absent',
    userId: '',
    email: '',
    name: '',
    roles: [],
    password: undefined,
    passwordVersion: 0,
    keptSession: undefined,
  }),
  evolve: {
    Registered: (_, e) => ({ ...e, status: 'active', keptSession: undefined }),
    PasswordChanged: (user, { password, passwordVersion, keptSession }) => ({
      ...user,
      password,
      passwordVersion,
      keptSession,
    }),
    Locked: (user) => ({ ...user, status: 'locked' }),
    Unlocked: (user) => ({ ...user, status: 'active' }),
    Removed: (user) => ({ ...user, status: 'removed', roles: [], password: undefined }),
    RoleGranted: (user, { role }) => ({ ...user, roles: [...user.roles, role] }),
    RoleRevoked: (user, { role }) => ({ ...user, roles: user.roles.filter((held) => held !== role) }),
  },
});

/** Where a password's hash is sealed: its data key belongs to this user and this version of the password alone. */
export function passwordSeal(tenant: string, id: string, version: number) {
  return { tenant, type: 'identity.user', id, version, purpose: 'password' };
}
