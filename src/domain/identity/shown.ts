import { z } from 'zod';
import type { UserState } from './user.ts';

/** A user as answers show them. */
export const ShownUser = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  status: z.enum(['active', 'locked', 'removed']),
  roles: z.array(z.string()),
});

export function showUser({ userId, email, name, status, roles }: UserState): z.input<typeof ShownUser> {
  return { userId, email, name, status: status === 'absent' ? 'removed' : status, roles: [...roles] };
}

/** A role as answers show it. */
export const ShownRole = z.object({
  role: z.string(),
  description: z.string(),
  permissions: z.array(z.string()),
  /** Defined by the platform for every tenant. */
  shared: z.boolean(),
});
