import { setTimeout as sleep } from 'node:timers/promises';
import { type PointName, points } from '../preload/points.ts';
import { type PartName, programs } from '../system/system.ts';
import type { Fault } from './fault.ts';

/** Each as often as it stands here: what holds the truth more often than what takes long to come back. */
const victims: readonly PartName[] = [
  ...Array.from({ length: 6 }, () => 'node' as const),
  ...(['redis', 'redis', 'redis', 'postgres', 'postgres', 'api', 'projector', 'worker', 'worker'] as const),
];

/** Milliseconds within which a random instant falls. */
const instantMs = 400;
/** Milliseconds a program is given to come by a point; rare ones are not waited for any longer. */
const pointMs = 1_500;

export const randomKill: Fault = {
  name: 'kill',
  summary: 'kill -9 of any part at a random instant, now and then of another while the first has not come back',
  overlaps: true,
  strike: async ({ chance, system, tell }) => {
    const part = chance.pick(victims);
    await sleep(chance.below(instantMs));
    await system.bounce(part);
    tell(`kill -9 ${part}`);
    return 1;
  },
};

export const pointKill: Fault = {
  name: 'point',
  summary: 'kill -9 of a program of ours at a named point: before or after a write, fsync, acknowledgement, row, …',
  overlaps: true,
  strike: async ({ chance, system, tell }) => {
    const part = chance.pick(programs);
    const point: PointName = chance.pick<PointName>(points[part]);
    const times = 1 + chance.below(5);
    await system.back(part);
    const program = system.program(part);
    if (program === undefined) return 0;
    await program.tell({ die: { point, times } });
    const died = await Promise.race([program.exited.then(() => true), sleep(pointMs, false)]);
    tell(`kill -9 ${part} at ${point}, the ${times}th time${died ? '' : ': it did not come by'}`);
    await system.bounce(part);
    return 1;
  },
};
