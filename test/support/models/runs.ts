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
  const { KEYLEDGER_MODEL_PATH: path, KEYLEDGER_MODEL_RUNS: times = '1', KEYLEDGER_MODEL_SEED: seed } = process.env;
  return {
    numRuns: runs * Number(times),
    interruptAfterTimeLimit: 90_000 * Number(times),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}
