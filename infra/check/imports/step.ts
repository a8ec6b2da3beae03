import { sources } from '../checkout.ts';
import type { Step } from '../step.ts';
import { cruiseImports } from './cruise.ts';
import { nameProblems } from './names.ts';

const rooms = ['src', 'commands', 'queries', 'projections', 'infra'];

export const imports: Step = {
  name: 'imports',
  remedy: 'import only what CONTRIBUTING.md allows ("Who may import whom")',
  async problems(checkout) {
    const present = rooms.filter((room) => checkout.files.some((file) => file.startsWith(`${room}/`)));
    const { modules, violations } = await cruiseImports(checkout.root, present);
    const expected = sources(checkout).filter((file) => !file.startsWith('infra/bench/')).length;
    // A parser that is missing makes dependency-cruiser read nothing and complain of nothing.
    const unread = modules < expected ? [`dependency-cruiser read ${modules} of ${expected} modules`] : [];
    return [...unread, ...violations, ...nameProblems(checkout)];
  },
};
