import { z } from 'zod';
import { ShownUser } from './shown.ts';

/** A user as lists show them. */
export const ListedUser = ShownUser.extend({ registeredAt: z.string(), changedAt: z.string() });

/** From a row of identity_users. */
export function listedUser(row: Readonly<Record<string, unknown>>): z.input<typeof ListedUser> {
  return {
    userId: row['user_id'] as string,
    email: row['email'] as string,
    name: row['name'] as string,
    status: row['status'] as 'active' | 'locked' | 'removed',
    roles: row['roles'] as string[],
    registeredAt: (row['registered_at'] as Date).toISOString(),
    changedAt: (row['changed_at'] as Date).toISOString(),
  };
}
