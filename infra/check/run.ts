import type { Checkout } from './checkout.ts';
import type { Step } from './step.ts';

const shownProblems = 40;

/** Runs each step, says in one line how it went, and below it what it found. Returns whether all is well. */
export async function runSteps(
  steps: readonly Step[],
  checkout: Checkout,
  say: (line: string) => void,
): Promise<boolean> {
  const failed: string[] = [];
  for (const step of steps) {
    const began = performance.now();
    const problems = await step.problems(checkout);
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    say(problems.length === 0 ? `ok      ${step.name} (${took})` : `failed  ${step.name} (${took}): ${step.remedy}`);
    for (const problem of problems.slice(0, shownProblems)) say(`          ${problem}`);
    if (problems.length > shownProblems) say(`          and ${problems.length - shownProblems} more`);
    if (problems.length > 0) failed.push(step.name);
  }
  say(failed.length === 0 ? `all ${steps.length} steps are ok` : `failed: ${failed.join(', ')}`);
  return failed.length === 0;
}
