import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { peersDir } from './peers.ts';

/** A peer's program in a process of its own. */
export interface Peer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one of `peers/`; it tells its URL when it listens. @throws {Error} it ended before */
export async function startPeer(program: string, env: Readonly<Record<string, string>>): Promise<Peer> {
  const child = fork(join(peersDir, 'peers', program), {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const said = once(child, 'message') as Promise<[{ url: string }]>;
  const ended = exited.then(() => Promise.reject(new Error(`${program} ended before it listened`)));
  const [{ url }] = await Promise.race([said, ended]);
  ended.catch(() => undefined);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
