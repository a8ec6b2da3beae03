import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CannotOpen } from './cannot-open.ts';

/** When a process began, as the kernel counts it: tells a process from a later one with the same id. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startedAt(pid);
  // Without /proc the process id alone must do.
  return process.platform === 'linux' ? now !== '' && now === started : true;
}

/**
 * Takes the directory for one writer.
 *
 * @returns the release
 * @throws {CannotOpen} a living process holds it
 */
export function lockDirectory(dir: string): () => void {
  const path = join(dir, 'lock');
  const mine = `${process.pid} ${startedAt(process.pid)}\n`;
  for (let tries = 0; ; tries++) {
    try {
      const handle = openSync(path, 'wx', 0o600);
      writeSync(handle, mine);
      closeSync(handle);
      return () => {
        if (contentOf(path) === mine) unlinkSync(path);
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 3) {
        throw new CannotOpen(`${path} cannot be made: ${(error as Error).message}`);
      }
      clearIfDead(dir, path);
    }
  }
}

function clearIfDead(dir: string, path: string): void {
  const content = contentOf(path);
  if (content === undefined) return;
  const [pid, started] = content.trim().split(' ');
  if (pid !== undefined && isAlive(Number(pid), started ?? '')) {
    throw new CannotOpen(`${dir} is in use by process ${pid}; stop that one first, or choose another --dir.`);
  }
  unlinkSync(path);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
