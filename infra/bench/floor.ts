import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { median, perSecond } from './figures.ts';

/** Synced writes of 600 bytes a second, one after the other: what the machine's disk does at best for one writer. */
export function syncedWrites(dir: string, seconds: number): number {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'floor');
  const handle = openSync(path, 'w');
  const bytes = Buffer.alloc(600, 1);
  const rate = perSecond(seconds, () => {
    writeSync(handle, bytes);
    fdatasyncSync(handle);
  });
  closeSync(handle);
  rmSync(path);
  return rate;
}

/** Median milliseconds of a bare round trip over loopback TCP to another process. */
export async function roundTripMs(times: number): Promise<number> {
  const echo =
    "const s=require('net').createServer(c=>c.setNoDelay().pipe(c)).listen(0,'127.0.0.1',()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', echo], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const socket = connect(Number(port), '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    socket.write('x'.repeat(600));
    await once(socket, 'data');
    taken.push(performance.now() - began);
  }
  socket.destroy();
  child.kill('SIGTERM');
  await once(child, 'exit');
  return median(taken);
}

/** Milliseconds the runtime itself takes to start and to end. */
export async function runtimeStartMs(): Promise<number> {
  const began = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - began;
}
