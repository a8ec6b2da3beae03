import { z } from 'zod';
import { ClaimedPassword, loginBy } from '../../src/domain/identity/login.ts';
import { command } from '../../src/kernel/command.ts';

export const loginWithUsername = command({
  name: 'identity.loginWithUsername',
  summary: 'Opens a session for a username, which is the e-mail address, and password.',
  route: 'POST /api/auth/login',
  input: z.strictObject({ username: z.string().trim().toLowerCase().min(1).max(254), password: ClaimedPassword }),
  output: z.object({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresAt: z.string(),
    user: z.object({ id: z.string(), username: z.string(), name: z.string(), roles: z.array(z.string()) }),
  }),
  ...loginBy(({ username, password }: { username: string; password: string }) => ({ email: username, password })),
  respond: (_session, _input, { prepared: { expiresAt, token, user } }) => ({
    accessToken: token,
    tokenType: 'Bearer' as const,
    expiresAt,
    user: { id: user.userId, username: user.email, name: user.name, roles: user.roles },
  }),
});
