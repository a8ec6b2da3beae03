import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Expectation } from './facts.ts';

/** A process that checks directories one after the other: where LMDB takes its process with it, that is an answer too. */
export class Checker {
  #child: ChildProcess | undefined;

  /** What is wrong with a directory, a sentence each. */
  check(dir: string, expectation: Expectation): Promise<readonly string[]> {
    const child =
      this.#child ??
      fork(join(import.meta.dirname, `checker-main${extname(import.meta.filename)}`), {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
    this.#child = child;
    return new Promise((resolve) => {
      const answered = (problems: unknown): void => {
        child.off('exit', ended);
        resolve(problems as readonly string[]);
      };
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        child.off('message', answered);
        this.#child = undefined;
        resolve([`The node's process ended with ${signal ?? `status ${code}`}.`]);
      };
      child.once('message', answered);
      child.once('exit', ended);
      child.send({ dir, expectation });
    });
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
