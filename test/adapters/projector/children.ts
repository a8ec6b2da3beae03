import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Counter, TestStores } from './support.ts';

/** A projector process of the test's own. */
export interface ProjectorProcess {
  readonly pid: number;
  /** SIGKILL, SIGSTOP, SIGCONT; resolves once a killed process is gone. */
  signal(signal: NodeJS.Signals): Promise<void>;
  alive(): boolean;
}

/** Starts a projector of `countersOf(of)` in a process of its own. It ends with this one. */
export function startProcess({ urls, app }: TestStores, of: Counter): ProjectorProcess {
  const main = fileURLToPath(new URL('./child.js', import.meta.url));
  const child: ChildProcess = fork(main, [urls.events, urls.owner, app.role, of.name], {
    stdio: 'inherit',
    execArgv: [],
  });
  return {
    pid: child.pid ?? 0,
    alive: () => child.exitCode === null && child.signalCode === null,
    signal: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      if (signal === 'SIGKILL') await gone;
    },
  };
}
