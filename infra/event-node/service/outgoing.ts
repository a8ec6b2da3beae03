import { once } from 'node:events';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { EventStore } from '../storage/event-store.ts';

/** A read call; its messages are encoded already. */
export type ReadCall = ServerWritableStream<ReadReq, Buffer>;

/** Raised by every commit, and by the end of the call. */
export class WakeFlag {
  readonly raise: () => void;
  readonly release: () => void;
  #raised = false;
  #waiting: (() => void) | undefined;

  constructor(store: EventStore, call: ReadCall) {
    this.raise = () => {
      this.#raised = true;
      this.#waiting?.();
    };
    const off = store.onCommit(this.raise);
    call.on('cancelled', this.raise);
    this.release = () => {
      off();
      call.off('cancelled', this.raise);
    };
  }

  clear(): void {
    this.#raised = false;
  }

  async raised(): Promise<void> {
    if (this.#raised) return;
    await new Promise<void>((resolve) => {
      this.#waiting = resolve;
    });
    this.#waiting = undefined;
  }
}

/** Writes one message; waits while the client is behind. False once the call is over. */
export async function send(call: ReadCall, message: Buffer): Promise<boolean> {
  if (call.cancelled || call.destroyed || call.writableEnded) return false;
  if (call.write(message)) return true;
  const over = new AbortController();
  const cancel = (): void => over.abort();
  call.once('cancelled', cancel);
  try {
    await once(call, 'drain', { signal: over.signal });
    return true;
  } catch {
    return false;
  } finally {
    call.off('cancelled', cancel);
  }
}

/** Lets other calls have their turn between two pages. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
