import { setTimeout as sleep } from 'node:timers/promises';

const firstMs = 100;
const longestMs = 5_000;

/** Growing delays with jitter, from a tenth of a second to five. */
export class Backoff {
  #failures = 0;

  succeeded(): void {
    this.#failures = 0;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const most = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures++, 10));
    return Math.round(most * (0.5 + Math.random() / 2));
  }
}

/** Waits; returns early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
