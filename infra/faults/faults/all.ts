import { type DiskFault, diskFaults } from './disk.ts';
import type { Fault } from './fault.ts';
import { pointKill, randomKill } from './kills.ts';
import { networkFaults } from './network.ts';
import { flush, olderDatabase, olderLog } from './stores.ts';
import { clockJump, pause } from './time.ts';

/** Every fault of a whole system. */
const faults: readonly Fault[] = [
  randomKill,
  pointKill,
  ...networkFaults,
  pause,
  clockJump,
  flush,
  olderDatabase,
  olderLog,
];

/** Faults of a whole system, and of the event node's disk. */
export interface Chosen {
  readonly faults: readonly Fault[];
  readonly disk: readonly DiskFault[];
}

export const names: readonly string[] = [...faults, ...diskFaults].map(({ name }) => name);

/** The faults of a list of names, all where there is none; a sentence where one is not known. */
export function named(list: string | undefined): Chosen | string {
  if (list === undefined) return { faults, disk: diskFaults };
  const asked = list.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) return `There is no fault "${unknown}"; there are ${names.join(', ')}.`;
  return {
    faults: faults.filter(({ name }) => asked.includes(name)),
    disk: diskFaults.filter(({ name }) => asked.includes(name)),
  };
}
