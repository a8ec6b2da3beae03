import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { streams } from '../proto.ts';
import { encodeReadEvent, encodeRecordedEvent } from '../wire.ts';
import { median, sample } from './sample.ts';

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

/** Events a second that the client's own message classes decode, with nothing on the wire. */
export function decodedEvents(seconds: number): number {
  const { bytes } = encodeRecordedEvent({
    position: 1_000_000,
    streamName: 'bench-1',
    revision: 1_000,
    id: '6a2f41a3-c54c-4bd9-95a9-b0a5b2b6d4f1',
    type: 'Benched',
    contentType: 'application/json',
    createdMs: 1_700_000_000_000,
    data: Buffer.from(JSON.stringify(sample)),
    metadata: new Uint8Array(),
  });
  const message = encodeReadEvent(bytes, undefined, 1_000_000);
  return perSecond(seconds, () => {
    const event = streams.ReadResp.deserializeBinary(message).getEvent()?.getEvent();
    JSON.parse(Buffer.from(event?.getData_asU8() ?? []).toString('utf8'));
  });
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

function perSecond(seconds: number, work: () => void): number {
  const start = performance.now();
  const end = start + seconds * 1_000;
  let count = 0;
  while (performance.now() < end) {
    work();
    count++;
  }
  return count / ((performance.now() - start) / 1_000);
}
