import { sources } from '../checkout.ts';
import type { Step } from '../step.ts';
import { cruiseImports } from './cruise.ts';
import { circularImports } from './cycles.ts';
import { nameProblems } from './names.ts';

const rooms = ['src', 'commands', 'queries', 'projections', 'infra'];

export const imports: Step = {
  name: 'imports',
  remedy: 'import only what CONTRIBUTING.md allows ("Who may import whom")',
  async problems(checkout) {
    const present = rooms.filter((room) => checkout.files.some((file) => file.startsWith(`${room}/`)));
    const { modules, violations } = await cruiseImports(checkout.root, present);
    const read = sources(checkout).filter((file) => !file.startsWith('infra/bench/'));
    // A parser that is missing makes dependency-cruiser read nothing and complain of nothing.
    const unread = modules < read.length ? [`dependency-cruiser read ${modules} of ${read.length} modules`] : [];
    return [...unread, ...violations, ...circularImports(checkout, read), ...nameProblems(checkout)];
  },
};
