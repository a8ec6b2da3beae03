import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Figures } from './figures.ts';

/** What a program of `work/` is asked to do: plain JSON. */
export type Asked = Readonly<Record<string, unknown>>;

/**
 * Does some work in a process of its own, so that its memory is its own, and adds `peakMiB`: the most that was resident at once.
 *
 * @param program a file of `work/`, without its ending
 * @throws {Error} it ended without figures; what it said is on standard error
 */
export async function inProcess(program: string, asked: Asked): Promise<Figures> {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(join(import.meta.dirname, 'work', `${program}.${extension}`), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // As the command line starts.
    execArgv: ['--max-semi-space-size=8', ...process.execArgv, ...(process.env['NODE_FLAGS']?.split(' ') ?? [])],
  });
  const exited = once(child, 'exit');
  const said = once(child, 'message') as Promise<[Figures]>;
  said.catch(() => undefined);
  child.send(asked);
  const ended = exited.then(() => Promise.reject(new Error(`the work "${program}" ended without figures`)));
  const [figures] = await Promise.race([said, ended]);
  ended.catch(() => undefined);
  await exited;
  return figures;
}

/** The other side: does what it is asked once, tells the figures, and ends. */
export function work<A extends Asked>(run: (asked: A) => Promise<Figures>): void {
  process.once('message', (asked) => {
    run(asked as A).then(
      (figures) => {
        process.send?.({ ...figures, peakMiB: process.resourceUsage().maxRSS / 1_024 }, () => process.disconnect());
      },
      (error: unknown) => {
        console.error(error);
        process.exitCode = 1;
        process.disconnect();
      },
    );
  });
}
