import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Expectation } from './facts.ts';
import type { ReadOut } from './read-out.ts';

/** A process that checks directories one after the other: where LMDB takes its process with it, that is an answer too. */
export class Checker {
  #child: ChildProcess | undefined;

  /** What is wrong with a directory, a sentence each. */
  check(dir: string, expectation: Expectation): Promise<readonly string[]> {
    return this.#ask({ kind: 'check', dir, expectation });
  }

  /** What a client is shown of a directory; a sentence where the process ended. */
  readOut(dir: string, streams: readonly string[]): Promise<ReadOut | readonly string[]> {
    return this.#ask({ kind: 'read', dir, streams });
  }

  #ask<T>(question: object): Promise<T | readonly string[]> {
    const child = this.#child ?? this.#start();
    return new Promise((resolve) => {
      const answered = (answer: unknown): void => {
        child.off('exit', ended);
        resolve(answer as T);
      };
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        child.off('message', answered);
        this.#child = undefined;
        resolve([`The node's process ended with ${signal ?? `status ${code}`}.`]);
      };
      child.once('message', answered);
      child.once('exit', ended);
      child.send(question);
    });
  }

  #start(): ChildProcess {
    const program = join(import.meta.dirname, `checker-main${extname(import.meta.filename)}`);
    this.#child = fork(program, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    return this.#child;
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
