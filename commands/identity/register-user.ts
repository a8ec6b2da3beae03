import { z } from 'zod';
import { Email, Password, PersonName, RoleName } from '../../src/domain/identity/names.ts';
import { sealPassword } from '../../src/domain/identity/password.ts';
import { chooseRoles, refuseRoles } from '../../src/domain/identity/role-choice.ts';
import { ShownUser, showUser } from '../../src/domain/identity/shown.ts';
import { User } from '../../src/domain/identity/user.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const registerUser = command({
  name: 'identity.registerUser',
  summary: 'Registers a person with a first password and roles; nobody gives roles that hold more than their own.',
  route: 'POST /auth/v1/users',
  status: 201,
  input: z.strictObject({
    email: Email,
    name: PersonName,
    password: Password,
    roles: z.array(RoleName).max(50).default([]),
  }),
  output: ShownUser,
  controls: {
    effect: 'create',
    permission: 'identity.user.register',
    audit: { action: 'identity.user.register', subject: ({ email }) => email },
  },
  aggregate: User,
  stream: (_input, { newId }) => newId('user'),
  rejections: { EmailTaken: 409, RoleUnknown: 422, ExceedsYours: 403 },
  prepare: async (user, { email, password, roles }, { newId, permissions, ports, tenant }) => {
    await ports.directory.upToDate();
    const taken = user.status !== 'absent' || ports.directory.userByEmail(email) !== undefined;
    const choice = chooseRoles(ports.directory, roles, { permissions, tenant });
    const refused = taken || refuseRoles(choice) !== undefined;
    const place = { tenant, userId: newId('user'), version: 1 };
    return { taken, choice, password: refused ? undefined : await sealPassword(ports, place, password) };
  },
  decide: (_user, { email, name, roles }, { newId, prepared: { choice, password, taken } }) => {
    if (taken) return reject('EmailTaken');
    const refused = refuseRoles(choice);
    if (refused !== undefined || password === undefined) return refused ?? reject('EmailTaken');
    const unique = [...new Set(roles)];
    return [
      User.events.Registered({ userId: newId('user'), email, name, roles: unique, password, passwordVersion: 1 }),
    ];
  },
  respond: showUser,
});
