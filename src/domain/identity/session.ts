import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';
import { SessionId, UserId } from './names.ts';

export interface SessionState {
  readonly status: 'absent' | 'open' | 'closed';
  readonly sessionId: string;
  readonly userId: string;
  readonly passwordVersion: number;
  readonly openedAt: string;
  readonly expiresAt: string;
}

/** One login: its access token counts while the session is open. */
export const Session = aggregate({
  name: 'identity.Session',
  events: {
    Opened: z.object({
      sessionId: SessionId,
      userId: UserId,
      /** The version of the password it was opened with. */
      passwordVersion: z.int(),
      expiresAt: z.string(),
    }),
    Closed: z.object({ sessionId: SessionId, userId: UserId, reason: z.enum(['logout', 'revoked']) }),
  },
  initial: (): SessionState => ({
    status: 'absent',
    sessionId: '',
    userId: '',
    passwordVersion: 0,
    openedAt: '',
    expiresAt: '',
  }),
  evolve: {
    Opened: (_, e, { at }) => ({ ...e, status: 'open', openedAt: at }),
    Closed: (session) => ({ ...session, status: 'closed' }),
  },
});
