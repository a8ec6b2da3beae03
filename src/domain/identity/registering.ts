import { z } from 'zod';
import type { Context } from '../../kernel/endpoint.ts';
import type { Ports, Sealed } from '../../kernel/ports.ts';
import { reject } from '../../kernel/rejection.ts';
import { Email, Password, PersonName, RoleName } from './names.ts';
import { sealPassword } from './password.ts';
import { chooseRoles, type RoleChoice, refuseRoles } from './role-choice.ts';
import { showUser } from './shown.ts';
import { User, type UserState } from './user.ts';

/** What is told of a new person. */
export const registration = {
  email: Email,
  name: PersonName,
  password: Password,
  roles: z.array(RoleName).max(50).default([]),
};

interface Registration {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly roles: readonly string[];
}

interface Checked {
  readonly taken: boolean;
  readonly choice: RoleChoice;
  /** Absent where something stands against it. */
  readonly password: Sealed | undefined;
}

/** The parts shared by registering in one's own tenant and, for the platform, in another. */
export const registering = {
  aggregate: User,
  stream: (_input: unknown, { newId }: Context) => newId('user'),
  prepare: async (
    user: UserState,
    { email, password, roles }: Registration,
    { newId, permissions, ports, tenant }: Context & { readonly ports: Ports },
  ): Promise<Checked> => {
    await ports.directory.upToDate();
    const taken = user.status !== 'absent' || ports.directory.userByEmail(email) !== undefined;
    const choice = chooseRoles(ports.directory, roles, { permissions, tenant });
    const refused = taken || refuseRoles(choice) !== undefined;
    const place = { tenant, userId: newId('user'), version: 1 };
    return { taken, choice, password: refused ? undefined : await sealPassword(ports, place, password) };
  },
  decide: (
    _user: UserState,
    { email, name, roles }: Registration,
    { newId, prepared: { choice, password, taken } }: Context & { readonly prepared: Checked },
  ) => {
    if (taken) return reject('EmailTaken');
    const refused = refuseRoles(choice);
    if (refused !== undefined || password === undefined) return refused ?? [];
    const unique = [...new Set(roles)];
    return [
      User.events.Registered({ userId: newId('user'), email, name, roles: unique, password, passwordVersion: 1 }),
    ];
  },
  respond: showUser,
};
