import { z } from 'zod';
import { ClaimedPassword, loginBy } from '../../src/domain/identity/login.ts';
import { Email } from '../../src/domain/identity/names.ts';
import { command } from '../../src/kernel/command.ts';

export const loginToBroker = command({
  name: 'identity.loginToBroker',
  summary: 'Opens a session for an e-mail address and password, in the broker’s spelling.',
  route: 'POST /api/v1/auth/login',
  input: z.strictObject({ email: Email, password: ClaimedPassword }),
  output: z.object({
    token: z.string(),
    expires_at: z.string(),
    user: z.object({
      id: z.string(),
      tenant_id: z.string(),
      email: z.string(),
      name: z.string(),
      roles: z.array(z.string()),
      permissions: z.array(z.string()),
    }),
  }),
  ...loginBy((input: { email: string; password: string }) => input),
  respond: (_session, _input, { prepared: { expiresAt, token, user } }) => {
    const { tenant: tenant_id, userId: id, ...rest } = user;
    return { token, expires_at: expiresAt, user: { ...rest, id, tenant_id } };
  },
});
