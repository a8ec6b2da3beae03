import { bitFlips } from '../storage/bit-flips.ts';
import { ioErrors } from '../storage/io-errors.ts';
import { type Failure, powerLoss } from '../storage/power-loss.ts';

interface Asked {
  readonly seed: number;
  readonly budgetMs: number;
  readonly log: (line: string) => void;
}

/** What can go wrong below the event node, which is looked at apart from a whole system: by name, how it is tried out. */
export interface DiskFault {
  readonly name: string;
  readonly try: (asked: Asked) => Promise<{ readonly failures: readonly Failure[] }>;
}

/** As many as the time allows. */
const many = 1_000_000;

export const diskFaults: readonly DiskFault[] = [
  { name: 'power-loss', try: (asked) => powerLoss({ ...asked, images: many }) },
  { name: 'io-errors', try: (asked) => ioErrors({ ...asked, refusals: many }) },
  { name: 'bit-flips', try: (asked) => bitFlips({ ...asked, flips: many }) },
];
