import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { KeptTerms, PolicyId, type RetentionTerms } from './fields.ts';

export interface RetentionPolicyState {
  readonly status: 'absent' | 'active' | 'removed';
  readonly terms: RetentionTerms | undefined;
}

/** How long entries of some kind are kept. A policy does not change: another takes its place. */
export const RetentionPolicy = aggregate({
  name: 'audit.RetentionPolicy',
  events: {
    Created: z.object({ policyId: PolicyId, ...KeptTerms.shape }),
    Removed: z.object({ policyId: PolicyId }),
  },
  initial: (): RetentionPolicyState => ({ status: 'absent', terms: undefined }),
  evolve: {
    Created: (_, { policyId: _id, ...terms }) => ({ status: 'active', terms }),
    Removed: (policy) => ({ ...policy, status: 'removed' }),
  },
});
