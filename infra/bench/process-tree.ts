import { readdirSync, readFileSync } from 'node:fs';
import { Usage } from './usage.ts';

/**
 * A process and all that it started, by their ids.
 *
 * @throws {Usage} there is no /proc to read it from
 */
export function processTree(pid: number): readonly number[] {
  const parents = processes().flatMap((id) => {
    const parent = Number(statOf(id)?.[1] ?? Number.NaN);
    return Number.isNaN(parent) ? [] : [[id, parent] as const];
  });
  const tree = new Set([pid]);
  for (let before = 0; before < tree.size; ) {
    before = tree.size;
    for (const [child, parent] of parents) if (tree.has(parent)) tree.add(child);
  }
  return [...tree];
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    throw new Usage(
      'Memory and processor time are read from /proc, which Linux alone has: leave the row footprint out.',
    );
  }
}

/** What the kernel counts in (proc_pid_stat(5)): a hundred a second on every Linux there is. */
const ticksASecond = 100;

/** Seconds of processor time that a process and all that it started have taken so far, those that have ended among them. */
export function processorSeconds(pid: number): number {
  const ticks = processTree(pid).map((id) => {
    const stat = statOf(id);
    return stat === undefined ? 0 : [11, 12, 13, 14].reduce((sum, field) => sum + Number(stat[field]), 0);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / ticksASecond;
}

/** The fields of `stat` from the third on; undefined for a process that has just ended. */
function statOf(pid: number): readonly string[] | undefined {
  const stat = procFile(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Of a process in /proc; undefined where it has just ended, or is not ours to look at. */
export function procFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
