import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';

const terms = z.object({
  plan: z.string(),
  name: z.string(),
  /** Whole cents a month; orders the plans from the cheapest. */
  monthlyPriceCents: z.int().min(0),
  entitlements: z.array(z.string()),
  /** Units a calendar month by meter; absent: not limited. */
  quotas: z.record(z.string(), z.int().min(0)),
  /** Requests a minute of each of a tenant's callers. */
  ratePerMinute: z.int().positive(),
});

export interface PlanState {
  readonly status: 'absent' | 'defined';
  readonly plan: string;
  readonly name: string;
  readonly monthlyPriceCents: number;
  readonly entitlements: readonly string[];
  readonly quotas: Readonly<Record<string, number>>;
  readonly ratePerMinute: number;
}

/** What a tenant may use: features, units a month, requests a minute. */
export const Plan = aggregate({
  name: 'tenancy.Plan',
  events: { Defined: terms, Changed: terms },
  initial: (): PlanState => ({
    status: 'absent',
    plan: '',
    name: '',
    monthlyPriceCents: 0,
    entitlements: [],
    quotas: {},
    ratePerMinute: 0,
  }),
  evolve: {
    Defined: (_, e) => ({ ...e, status: 'defined' }),
    Changed: (_, e) => ({ ...e, status: 'defined' }),
  },
});
