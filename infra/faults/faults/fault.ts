import type { Chance } from '../random.ts';
import type { System } from '../system/system.ts';

/** What a fault works on. */
export interface Disturbed {
  readonly system: System;
  readonly chance: Chance;
  /** Tells what is done, for whoever has to understand a failure. */
  readonly tell: (line: string) => void;
}

/** One thing that can go wrong. After `strike` the network and the clocks are as they were, and every part runs or is about to. */
export interface Fault {
  readonly name: string;
  readonly summary: string;
  /** Whether it may strike while parts are still about to run. */
  readonly overlaps?: boolean;
  /** @returns the processes that were killed */
  strike(disturbed: Disturbed): Promise<number>;
}
