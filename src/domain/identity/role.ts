import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';

const defined = z.object({
  role: z.string(),
  description: z.string(),
  permissions: z.array(z.string()),
  /** Defined by the platform for every tenant. */
  shared: z.boolean(),
});

export interface RoleState {
  readonly status: 'absent' | 'defined' | 'removed';
  readonly role: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly shared: boolean;
}

/** A named set of permissions. Its holders' permissions change with it. */
export const Role = aggregate({
  name: 'identity.Role',
  events: {
    Defined: defined,
    Changed: defined.omit({ shared: true }),
    Removed: z.object({ role: z.string() }),
  },
  initial: (): RoleState => ({ status: 'absent', role: '', description: '', permissions: [], shared: false }),
  evolve: {
    Defined: (_, e) => ({ ...e, status: 'defined' }),
    Changed: (role, e) => ({ ...role, ...e }),
    Removed: (role) => ({ ...role, status: 'removed', permissions: [] }),
  },
});
