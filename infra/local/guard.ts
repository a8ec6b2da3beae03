import { spawn } from 'node:child_process';
import type { Step } from './process-table.ts';

/** Both wait for the end of their standard input, which comes when the parent is gone; a line before it means all is well. */
const endProcess = `
read -r word && exit 0
pid=$1; shift
while [ $# -gt 1 ]; do
  kill -s "$1" "$pid" 2>/dev/null || exit 0
  tenths=$2; shift 2
  while [ "$tenths" -gt 0 ] && kill -s 0 "$pid" 2>/dev/null; do sleep 0.1; tenths=$((tenths - 1)); done
done
`;
const removeDirectory = `
read -r word && exit 0
sleep 5
rm -rf -- "$1"
`;

/**
 * Has a small shell end the process when this one dies without doing it, even by SIGKILL. The returned function calls the guard off.
 */
export function guardProcess(pid: number, ending: readonly Step[]): () => void {
  const steps = ending.flatMap(([signal, graceMs]) => [signal.replace('SIG', ''), String(Math.ceil(graceMs / 100))]);
  return watch(endProcess, [String(pid), ...steps]);
}

/** The same for a directory of passing worth: it is removed some seconds after this process died without doing it. */
export function guardDirectory(dir: string): () => void {
  return watch(removeDirectory, [dir]);
}

function watch(script: string, args: readonly string[]): () => void {
  const watcher = spawn('/bin/sh', ['-c', script, 'keyledger-guard', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void }).unref?.();
  return () => watcher.stdin.end('well\n');
}
