import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogEvent } from '../../kernel/log.ts';

/** Milliseconds between two looks at the log at least, so that a busy log does not keep the follower busy too. */
const restMs = 100;
/** Events read at once. */
const pageSize = 1_000;

interface FollowerOptions {
  readonly log: EventLog;
  readonly typePrefixes: readonly string[];
  readonly apply: (event: LogEvent) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  /** Told of each look that failed and of each that did not. */
  readonly looked: (failure: unknown) => void;
}

/** Reads some events of the log in order, from the first, and proves time and again that none is missing. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #stopped = new AbortController();
  #seen: bigint | undefined;
  #provenAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Follows until stopped; `ready` is called once, when the head of the log was first reached. */
  start(ready: () => void): void {
    this.#loop = this.#follow(ready);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  /** Commit position up to which everything has been seen. */
  get seen(): bigint | undefined {
    return this.#seen;
  }

  /** Milliseconds since nothing was known to be missing. */
  ageMs(): number {
    return this.#options.elapsed() - this.#provenAt;
  }

  /** Resolves when everything was seen that stood on the log when this was called. Calls at the same time share one look. */
  upToDate(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#running = this.#look();
        return this.#running;
      });
    return this.#next;
  }

  async #look(): Promise<void> {
    const { apply, elapsed, log, typePrefixes } = this.#options;
    for (;;) {
      const askedAt = elapsed();
      const page = await log.readAll({ after: this.#seen, max: pageSize, typePrefixes });
      for (const event of page.events) {
        apply(event);
        this.#seen = event.position;
      }
      this.#seen = page.next;
      if (!page.caughtUp) continue;
      this.#provenAt = askedAt;
      return;
    }
  }

  async #follow(ready: () => void): Promise<void> {
    const { signal } = this.#stopped;
    // A look at a log that is away takes its time to fail: stopping does not wait for it.
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      try {
        await Promise.race([this.upToDate(), stopped]);
        if (signal.aborted) return;
        this.#options.looked(undefined);
        ready();
      } catch (error) {
        this.#options.looked(error);
      }
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
      await this.#options.log.waitBeyond(this.#seen, signal);
    }
  }
}
