import { z } from 'zod';
import { registering, registration } from '../../src/domain/identity/registering.ts';
import { ShownUser } from '../../src/domain/identity/shown.ts';
import { command } from '../../src/kernel/command.ts';

export const registerUser = command({
  name: 'identity.registerUser',
  summary: 'Registers a person with a first password and roles; nobody gives roles that hold more than their own.',
  route: 'POST /auth/v1/users',
  status: 201,
  input: z.strictObject(registration),
  output: ShownUser,
  controls: {
    effect: 'create',
    permission: 'identity.user.register',
    audit: { action: 'identity.user.register', subject: ({ email }) => email },
  },
  ...registering,
  rejections: { EmailTaken: 409, RoleUnknown: 422, ExceedsYours: 403 },
});
