import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Job, Outcome } from './job.ts';

/**
 * Runs a load in a process of its own, so that what is measured does not share its loop.
 *
 * @throws {Error} a request was not answered with success
 */
export async function load(job: Job): Promise<Outcome> {
  const child = fork(join(import.meta.dirname, 'generator.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    child.send(job);
    const [said] = (await once(child, 'message')) as [{ outcome: Outcome } | { failed: string }];
    if ('failed' in said) throw new Error(said.failed);
    return said.outcome;
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
