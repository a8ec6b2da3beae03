import { setTimeout as sleep } from 'node:timers/promises';
import { type FuzzRequest, shown } from './request.ts';
import type { Target } from './target.ts';

/** A request should not hold the event loop for longer, in milliseconds. */
export const longestHoldMs = 50;
/** A busy machine holds the loop now and then, a request that holds it does so each time. */
const attempts = 10;
/** Milliseconds of watching a server that is asked nothing. */
const idleMs = 1_000;

/** Whether the loop is held about as long where nothing is asked: then the machine is too busy to tell. */
export async function holdsIdle(target: Target): Promise<boolean> {
  await target.longestHold();
  await sleep(idleMs);
  return (await target.longestHold()) > longestHoldMs / 2;
}

/** The requests that hold the server's event loop for too long, each sent alone: the least of some attempts counts. */
export async function holding(target: Target, requests: readonly FuzzRequest[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const request of requests) {
    const ms = await leastHold(target, request);
    if (ms > longestHoldMs)
      found.push(`${request.operation.id} held the event loop for ${ms} ms\n    ${shown(request)}`);
  }
  return found;
}

async function leastHold(target: Target, request: FuzzRequest): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && least > longestHoldMs; attempt++) {
    await target.longestHold();
    await target.send(request).catch(() => undefined);
    least = Math.min(least, Math.round(await target.longestHold()));
  }
  return least;
}
