import { z } from 'zod';
import { ClaimedPassword, loginBy } from '../../src/domain/identity/login.ts';
import { Email } from '../../src/domain/identity/names.ts';
import { command } from '../../src/kernel/command.ts';

export const login = command({
  name: 'identity.login',
  summary: 'Opens a session for an e-mail address and password, and answers with its access token.',
  route: 'POST /auth/login',
  aliases: ['POST /auth/v1/login'],
  input: z.strictObject({ email: Email, password: ClaimedPassword }),
  output: z.object({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresAt: z.string(),
    user: z.object({
      userId: z.string(),
      tenantId: z.string(),
      email: z.string(),
      name: z.string(),
      roles: z.array(z.string()),
      permissions: z.array(z.string()),
    }),
  }),
  ...loginBy((input: { email: string; password: string }) => input),
  respond: (_session, _input, { prepared: { expiresAt, token, user } }) => {
    const { tenant: tenantId, ...rest } = user;
    return { accessToken: token, tokenType: 'Bearer' as const, expiresAt, user: { ...rest, tenantId } };
  },
});
