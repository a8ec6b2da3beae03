import type { LeaseTimings } from './lease.ts';

/** Milliseconds. */
export interface Timings {
  /** Between two sweeps. */
  readonly sweepMs: number;
  /** After which the job of a process that died is taken over. */
  readonly claimMs: number;
  readonly lease: Partial<LeaseTimings> | undefined;
}

export const defaultTimings: Timings = { sweepMs: 30_000, claimMs: 20_000, lease: undefined };

/** A part that runs until it is stopped. */
export interface Running {
  /** Lets what is under way end, within a bound. */
  stop(): Promise<void>;
}
