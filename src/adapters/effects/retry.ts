/** Milliseconds. */
const firstMs = 1_000;
const longestInQueueMs = 60_000;
const longestMs = 3_600_000;

/** When to try again after a failure, and whether the effect shows as failed meanwhile. */
export interface Retry {
  readonly status: 'pending' | 'failed';
  readonly delayMs: number;
}

/**
 * Doubling delays: up to `attempts` tries within the queue, at most a minute apart; from then on the effect shows as failed
 * and the sweep tries it again, up to an hour apart, for ever.
 *
 * @param attempt number of the try that failed, from 1
 * @param random between 0 and 1, spreads retries by a quarter either way
 */
export function retryAfter(attempt: number, attempts: number, random: number): Retry {
  const spread = 0.75 + random / 2;
  if (attempt < attempts) {
    return { status: 'pending', delayMs: spread * Math.min(longestInQueueMs, firstMs * 2 ** (attempt - 1)) };
  }
  return { status: 'failed', delayMs: spread * Math.min(longestMs, longestInQueueMs * 2 ** (attempt - attempts)) };
}
