import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { ExecutionId, HoldId, type HoldScope, KeptHoldScope } from './fields.ts';

/** The one stream of a tenant's holds: what a clearance has seen is then never in doubt. */
export const holdsId = 'holds';

export interface Hold {
  readonly holdId: string;
  readonly name: string;
  readonly scope: HoldScope;
  readonly expiresAt?: string | undefined;
}

export interface LegalHoldState {
  /** Those that were not released, by id. */
  readonly holds: Readonly<Record<string, Hold>>;
  readonly released: readonly string[];
}

const placed = z.object({
  holdId: HoldId,
  name: z.string(),
  reason: z.string(),
  scope: KeptHoldScope,
  /** From then on it holds nothing. */
  expiresAt: z.iso.datetime().optional(),
});

/** All legal holds of a tenant. */
export const LegalHold = aggregate({
  name: 'audit.LegalHold',
  events: {
    Placed: placed,
    Released: z.object({ holdId: HoldId }),
    /** A part of a run may go on, under these holds. A hold that is placed later finds what the part took gone. */
    RunCleared: z.object({ runId: ExecutionId, part: z.string(), holds: z.array(HoldId) }),
  },
  initial: (): LegalHoldState => ({ holds: {}, released: [] }),
  evolve: {
    Placed: (state, { reason: _, ...hold }) => ({ ...state, holds: { ...state.holds, [hold.holdId]: hold } }),
    Released: ({ holds, released }, { holdId }) => ({
      holds: Object.fromEntries(Object.entries(holds).filter(([id]) => id !== holdId)),
      released: [...released, holdId],
    }),
    RunCleared: (state) => state,
  },
  snapshot: {
    version: 1,
    every: 250,
    toJson: (state) => state,
    fromJson: (json) => json as LegalHoldState,
  },
});

/** The holds that hold something now. */
export function inForce({ holds }: LegalHoldState, now: string): readonly Hold[] {
  return Object.values(holds).filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
}
