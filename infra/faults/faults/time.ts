import { setTimeout as sleep } from 'node:timers/promises';
import { programs } from '../system/system.ts';
import type { Fault } from './fault.ts';

/** Milliseconds a process is stopped at most: longer than leases (3 s), shorter than what a client waits. */
const longestMs = 5_000;

export const pause: Fault = {
  name: 'pause',
  summary: 'SIGSTOP a program of ours past the time its leases last, then SIGCONT',
  strike: async ({ chance, system, tell }) => {
    const part = chance.pick(programs);
    const pid = system.pidOf(part);
    const forMs = 500 + chance.below(longestMs - 500);
    tell(`SIGSTOP ${part} for ${forMs} ms`);
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(forMs);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return 0;
  },
};

/** Jumps in milliseconds: within what a token lives (15 minutes), and within a month, so that quotas stay in theirs. */
const jumps = [-600_000, -60_000, -1_000, 1_000, 60_000, 600_000] as const;

export const clockJump: Fault = {
  name: 'clock',
  summary: 'the clock of a program of ours jumps forwards or backwards, and back again',
  strike: async ({ chance, system, tell }) => {
    const part = chance.pick(programs);
    const clockMs = chance.pick(jumps);
    const program = system.program(part);
    if (program === undefined || !(await program.tell({ clockMs }))) return 0;
    const forMs = 200 + chance.below(1_500);
    tell(`the clock of ${part} is ${clockMs / 1_000} s off for ${forMs} ms`);
    await sleep(forMs);
    await program.tell({ clockMs: 0 });
    return 0;
  },
};
