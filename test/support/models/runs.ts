import { wholeNumber } from '../environment.ts';

/** Those that fast-check chooses may be negative. */
const leastSeed = -(2 ** 31);

/**
 * How often a property is tried, by default and times KEYLEDGER_MODEL_RUNS. A failure prints its seed and its path; KEYLEDGER_MODEL_SEED
 * and KEYLEDGER_MODEL_PATH replay it.
 */
export function runsOf(runs: number): {
  numRuns: number;
  seed?: number;
  path?: string;
  interruptAfterTimeLimit: number;
} {
  const { KEYLEDGER_MODEL_PATH: path } = process.env;
  const times = wholeNumber('KEYLEDGER_MODEL_RUNS', 1, 1);
  const seed = wholeNumber('KEYLEDGER_MODEL_SEED', Number.NaN, leastSeed);
  return {
    numRuns: runs * times,
    interruptAfterTimeLimit: 90_000 * times,
    ...(Number.isNaN(seed) ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  };
}
