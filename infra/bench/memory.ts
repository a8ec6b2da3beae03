import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process and of all that it started, in MiB. Pages that several share are counted once (proportional set size). */
export function memoryMiB(pid: number): { readonly own: number; readonly all: number } {
  const parents = new Map(readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [parentOf(Number(name))] : [])));
  const tree = new Set([pid]);
  for (let before = 0; before < tree.size; ) {
    before = tree.size;
    for (const [child, parent] of parents) if (tree.has(parent)) tree.add(child);
  }
  const all = [...tree].reduce((sum, each) => sum + shareOf(each), 0);
  return { own: shareOf(pid), all };
}

function parentOf(pid: number): readonly [number, number] {
  const stat = read(`/proc/${pid}/stat`);
  return [pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)];
}

function shareOf(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1_024;
}

/** Empty for a process that has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The most memory of a process that was resident at once, in MiB, shared pages and all. */
export function peakMiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? Number.NaN) / 1_024;
}
