import type { Run } from './simulate.ts';

/** What a person needs to know of a run that failed: what was wrong, how to see it again, and how it came to it. */
export function describeRun({ digest, seed, trace, violation, worldMs }: Run, lines = 80): string {
  if (violation === undefined) return `seed ${seed} holds`;
  return [
    `seed ${seed} after ${(worldMs / 1_000).toFixed(1)} s of its world: ${violation}`,
    `again: npm run test:simulation -- --seed ${seed} --seeds 1 --trace 4000   (digest ${digest})`,
    `its last ${lines} lines (milliseconds, who, what):`,
    trace(lines),
  ].join('\n');
}
