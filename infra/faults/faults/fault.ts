import type { Chance } from '../random.ts';
import type { System } from '../system/system.ts';

/** What a fault works on. */
export interface Disturbed {
  readonly system: System;
  readonly chance: Chance;
  /** Tells what is done, for whoever has to understand a failure. */
  readonly tell: (line: string) => void;
}

/** One thing that can go wrong. After `strike` every part runs again, and the network and the clocks are as they were. */
export interface Fault {
  readonly name: string;
  readonly summary: string;
  /** @returns the processes that were killed */
  strike(disturbed: Disturbed): Promise<number>;
}
