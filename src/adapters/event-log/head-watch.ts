import { type AllStreamSubscription, END, type EventStoreDBClient, eventTypeFilter } from '@eventstore/db-client';

/** No event has such a type: of all that is written, only positions come over the wire. */
const nothing = ['(none)'];

/**
 * Follows the end of the log to wake readers. It only wakes: every reader reads again from its own position, so a lost
 * notification costs at most one poll interval and never an event.
 */
export class HeadWatch {
  readonly #client: EventStoreDBClient;
  readonly #waiters = new Set<() => void>();
  #subscription: AllStreamSubscription | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  // Below every position: on an empty log, readers wait.
  #seen = -1n;

  constructor(client: EventStoreDBClient) {
    this.#client = client;
  }

  /** Resolves when something beyond `position` was seen, after `pollMs` at the latest, or when `signal` aborts. */
  async beyond(position: bigint | undefined, pollMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#seen > (position ?? -1n)) return;
    this.#follow();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, pollMs);
      this.#waiters.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Tells of a position this process wrote or read itself. */
  saw(position: bigint): void {
    if (position <= this.#seen) return;
    this.#seen = position;
    for (const wake of [...this.#waiters]) wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const wake of [...this.#waiters]) wake();
    await this.#subscription?.unsubscribe().catch(() => undefined);
  }

  #follow(): void {
    if (this.#subscription !== undefined || this.#closed || this.#retry !== undefined) return;
    const subscription = this.#client.subscribeToAll({
      fromPosition: END,
      filter: eventTypeFilter({
        prefixes: nothing,
        maxSearchWindow: 1,
        checkpointInterval: 1,
        checkpointReached: async (_subscription, { commit }) => this.saw(commit),
      }),
    });
    this.#subscription = subscription;
    const again = (): void => {
      if (this.#subscription !== subscription) return;
      this.#subscription = undefined;
      if (this.#closed) return;
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#follow();
      }, 250);
    };
    // What is not asked for is not listened for, but a stream that nobody reads does not flow.
    subscription.resume();
    subscription.on('error', again);
    subscription.on('end', again);
    subscription.on('close', again);
  }
}
