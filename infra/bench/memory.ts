import { processTree, procFile } from './process-tree.ts';

/**
 * Memory of a process and of all that it started, in MiB. Pages that several share are counted once (proportional set size). Not a number
 * where it cannot be read.
 */
export function memoryMiB(pid: number): { readonly own: number; readonly all: number } {
  const all = processTree(pid).reduce((sum, each) => sum + (shareOf(each) ?? gone(each)), 0);
  return { own: shareOf(pid) ?? Number.NaN, all };
}

function shareOf(pid: number): number | undefined {
  const found = /^Pss:\s+(\d+)/m.exec(procFile(pid, 'smaps_rollup') ?? '')?.[1];
  return found === undefined ? undefined : Number(found) / 1_024;
}

/** One that ended meanwhile holds nothing; of one that is there, nobody knows. */
const gone = (pid: number): number => (procFile(pid, 'stat') === undefined ? 0 : Number.NaN);

/** The most memory of a process that was resident at once, in MiB, shared pages and all. */
export function peakMiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(procFile(pid, 'status') ?? '')?.[1] ?? Number.NaN) / 1_024;
}
