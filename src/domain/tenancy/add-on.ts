import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';

const terms = z.object({
  addOn: z.string(),
  name: z.string(),
  entitlements: z.array(z.string()),
  /** Units a calendar month on top of the plan's, by meter. */
  quotas: z.record(z.string(), z.int().min(0)),
});

export interface AddOnState {
  readonly status: 'absent' | 'defined';
  readonly addOn: string;
  readonly name: string;
  readonly entitlements: readonly string[];
  readonly quotas: Readonly<Record<string, number>>;
}

/** Features and units that a tenant may take on top of its plan. */
export const AddOn = aggregate({
  name: 'tenancy.AddOn',
  events: { Defined: terms, Changed: terms },
  initial: (): AddOnState => ({ status: 'absent', addOn: '', name: '', entitlements: [], quotas: {} }),
  evolve: {
    Defined: (_, e) => ({ ...e, status: 'defined' }),
    Changed: (_, e) => ({ ...e, status: 'defined' }),
  },
});
