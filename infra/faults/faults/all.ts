import type { Fault } from './fault.ts';
import { pointKill, randomKill } from './kills.ts';
import { networkFaults } from './network.ts';
import { flush, olderDatabase, olderLog } from './stores.ts';
import { clockJump, pause } from './time.ts';

/** Every fault there is. */
export const faults: readonly Fault[] = [
  randomKill,
  pointKill,
  ...networkFaults,
  pause,
  clockJump,
  flush,
  olderDatabase,
  olderLog,
];

/** The faults of a list of names; a sentence where one is not known. */
export function named(list: string | undefined): readonly Fault[] | string {
  if (list === undefined) return faults;
  const asked = list.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !faults.some((fault) => fault.name === name));
  if (unknown !== undefined)
    return `There is no fault "${unknown}"; there are ${faults.map(({ name }) => name).join(', ')}.`;
  return faults.filter(({ name }) => asked.includes(name));
}
