import type { ServerResponse } from 'node:http';
import type { Live } from '../kernel/file.ts';

/** Milliseconds a receiver that is let go has to take what it is told last. */
const graceMs = 2_000;

/**
 * Sends each part as soon as there is one, and asks for the next when the receiver has taken it. One that takes nothing for too long is told
 * so and let go; one that leaves ends the content.
 */
export async function sendLive(
  response: ServerResponse,
  mediaType: string,
  content: AsyncIterable<Uint8Array>,
  { farewell, stallMs }: Live,
): Promise<void> {
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Cache-Control', 'no-cache');
  // Proxies in front must not wait for more.
  response.setHeader('X-Accel-Buffering', 'no');
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  const source = content[Symbol.asyncIterator]();
  const left = (): void => void source.return?.();
  response.once('close', left);
  try {
    for (let part = await source.next(); part.done !== true; part = await source.next()) {
      if (response.destroyed) return;
      if (!response.write(part.value) && !(await drained(response, stallMs))) return letGo(response, farewell);
    }
    response.end();
  } finally {
    await source.return?.();
  }
}

/** Whether what was written is taken in time. */
function drained(response: ServerResponse, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (taken: boolean): void => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onClose);
      resolve(taken);
    };
    const onDrain = (): void => done(true);
    const onClose = (): void => done(true);
    const timer = setTimeout(() => done(false), withinMs);
    response.on('drain', onDrain).on('close', onClose);
  });
}

function letGo(response: ServerResponse, farewell: Uint8Array): void {
  response.end(farewell);
  const timer = setTimeout(() => response.destroy(), graceMs);
  response.once('close', () => clearTimeout(timer));
}
