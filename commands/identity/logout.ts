import { z } from 'zod';
import { Session } from '../../src/domain/identity/session.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const logout = command({
  name: 'identity.logout',
  summary: 'Closes the caller’s session: from the answer on its access token is refused everywhere.',
  route: 'POST /auth/logout',
  aliases: ['POST /auth/v1/logout', 'POST /api/auth/logout'],
  input: z.strictObject({}),
  output: z.object({ sessionId: z.string(), closed: z.literal(true) }),
  controls: {
    effect: 'remove',
    permission: 'authenticated',
    revokes: true,
    audit: { action: 'identity.session.close', subject: () => 'self' },
  },
  aggregate: Session,
  stream: (_input, { credentialId }) => credentialId ?? 'none',
  rejections: { SessionNotFound: 404 },
  decide: ({ sessionId, status, userId }) => {
    if (status === 'absent') return reject('SessionNotFound', 'The credential belongs to no session.');
    return status === 'closed' ? [] : [Session.events.Closed({ sessionId, userId, reason: 'logout' })];
  },
  respond: ({ sessionId }) => ({ sessionId, closed: true as const }),
});
