import type { Appended, EventLog, NewEvent } from '../log.ts';
import { StoreUnavailable } from '../unavailable.ts';

/** Facts of one append, at most. */
const mostTogether = 64;

interface Waiting {
  readonly event: NewEvent;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes facts whose order does not matter. Those that come while an append to their stream is under way share the next one: an append
 * costs much the same for one as for many. Each is durable when it is told so; the position is that of the last one beside it.
 */
export class FactWriter {
  readonly #log: Pick<EventLog, 'append'>;
  /** By stream, while an append to it is under way. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(log: Pick<EventLog, 'append'>) {
    this.#log = log;
  }

  /** @throws {LogUnavailable} */
  append(stream: string, event: NewEvent): Promise<Appended> {
    return new Promise((resolve, reject) => {
      const one = { event, resolve, reject };
      const behind = this.#waiting.get(stream);
      if (behind !== undefined) {
        behind.push(one);
        return;
      }
      const waiting = [one];
      this.#waiting.set(stream, waiting);
      void this.#drain(stream, waiting);
    });
  }

  async #drain(stream: string, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) await this.#write(stream, waiting.splice(0, mostTogether));
    this.#waiting.delete(stream);
  }

  async #write(stream: string, facts: readonly Waiting[]): Promise<void> {
    try {
      const events = facts.map(({ event }) => event);
      const appended = await this.#log.append(stream, events, 'any');
      for (const { resolve } of facts) resolve(appended);
    } catch (error) {
      // One that the log does not take must not keep the others from it.
      if (facts.length > 1 && !(error instanceof StoreUnavailable)) {
        for (const one of facts) await this.#write(stream, [one]);
      } else for (const { reject } of facts) reject(error);
    }
  }
}
