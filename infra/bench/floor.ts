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

/** Another process that sends back what it is sent, over loopback TCP. */
interface Echo {
  /** Milliseconds until 600 bytes are back. */
  trip(): Promise<number>;
  close(): Promise<void>;
}

async function startEcho(): Promise<Echo> {
  const echo =
    "const s=require('net').createServer(c=>c.setNoDelay().pipe(c)).listen(0,'127.0.0.1',()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', echo], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const socket = connect(Number(port), '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  return {
    trip: async () => {
      const began = performance.now();
      socket.write('x'.repeat(600));
      await once(socket, 'data');
      return performance.now() - began;
    },
    close: async () => {
      socket.destroy();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Median milliseconds of a bare round trip over loopback TCP to another process. */
export async function roundTripMs(times: number): Promise<number> {
  const echo = await startEcho();
  const taken: number[] = [];
  for (let n = 0; n < times; n++) taken.push(await echo.trip());
  await echo.close();
  return median(taken);
}

/** What the least that a durable request needs takes on this machine at a moment: a round trip to another process and a synced write. */
export interface MachineFloor {
  /** Milliseconds of both, one after the other. */
  take(): Promise<number>;
  close(): Promise<void>;
}

export async function machineFloor(dir: string): Promise<MachineFloor> {
  const echo = await startEcho();
  const handle = openSync(join(dir, 'machine-floor'), 'w');
  const bytes = Buffer.alloc(600, 1);
  return {
    take: async () => {
      const began = performance.now();
      await echo.trip();
      writeSync(handle, bytes);
      fdatasyncSync(handle);
      return performance.now() - began;
    },
    close: async () => {
      closeSync(handle);
      await echo.close();
    },
  };
}

/** Milliseconds the runtime itself takes to start and to end. */
export async function runtimeStartMs(): Promise<number> {
  const began = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - began;
}
