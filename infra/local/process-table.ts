import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What tells one process from a later one with the same pid: boot and start time on Linux, start time as `ps` prints it elsewhere.
 * Undefined when there is no such process, or only a zombie that waits to be reaped.
 */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : ps(pid, 'lstart=');
}

function linuxIdentity(pid: number): string | undefined {
  const stat = contents(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return `${contents('/proc/sys/kernel/random/boot_id')?.trim()}/${rest[18]}`;
}

/** The command line of a process, its arguments separated by spaces; empty when there is no such process. */
export function commandOf(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=') ?? '';
  return (contents(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ');
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** One signal and the milliseconds it is given to work. */
export type Step = readonly [signal: NodeJS.Signals, graceMs: number];

/** Sends each signal in turn until the process is gone; says whether it is. */
export async function endProcess(pid: number, steps: readonly Step[]): Promise<boolean> {
  const identity = identityOf(pid);
  if (identity === undefined) return true;
  for (const [signal, graceMs] of steps) {
    send(pid, signal);
    const end = Date.now() + graceMs;
    while (Date.now() < end) {
      if (identityOf(pid) !== identity) return true;
      await sleep(20);
    }
  }
  return identityOf(pid) !== identity;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
