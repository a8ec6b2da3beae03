import { contractBreaks } from '../docs/additive.ts';
import type { Contract } from '../docs/contract.ts';
import type { History } from '../docs/golden.ts';
import type { Checkout } from './checkout.ts';
import { historyOf } from './history.ts';
import type { Step } from './step.ts';

/** What an earlier state of the contracts and golden events has that the present one lacks or contradicts. */
function lost<T>(
  checkout: Checkout,
  folder: string,
  compare: (before: T, now: T | undefined) => readonly string[],
): readonly string[] {
  const { root, files, read } = checkout;
  const problems = historyOf(root, folder).flatMap(({ commit, file, text }) => {
    const now = files.includes(file) ? (JSON.parse(read(file)) as T) : undefined;
    return compare(JSON.parse(text) as T, now).map((problem) => ({ file, commit, problem }));
  });
  const unique = new Map(problems.map((entry) => [`${entry.file}: ${entry.problem}`, entry.commit]));
  return [...unique].map(([problem, commit]) => `${problem} (as committed in ${commit})`);
}

export const contracts: Step = {
  name: 'events stay readable',
  remedy: 'leave the version as it was, raise it in the aggregate\'s "versions" and give an upcast',
  problems: (checkout) => [
    ...lost<Contract>(checkout, 'docs/events', (before, now) =>
      contractBreaks(before, now ?? { aggregate: before.aggregate, events: {} }),
    ),
    ...lost<readonly History[]>(checkout, 'test/golden', (before, now = []) => {
      const have = new Set(now.map(({ events }) => JSON.stringify(events)));
      const gone = before.filter(({ events }) => !have.has(JSON.stringify(events)));
      return gone.map(
        ({ events }) => `the golden events ${events.map(({ event }) => event).join(', ')} are gone or changed`,
      );
    }),
  ],
};
