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
 * costs much the same for one as for many. Each is durable when it is told so; the position is that of the last one beside it. Where the
 * log is away, those that waited are told so at once: nobody waits for more than the append he came in and the next.
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
    while (waiting.length > 0) {
      const away = await this.#write(stream, waiting.splice(0, mostTogether));
      if (away !== undefined) for (const { reject } of waiting.splice(0)) reject(away);
    }
    this.#waiting.delete(stream);
  }

  /** @returns why the log took nothing, where it is away */
  async #write(stream: string, facts: readonly Waiting[]): Promise<StoreUnavailable | undefined> {
    try {
      const events = facts.map(({ event }) => event);
      const appended = await this.#log.append(stream, events, 'any');
      for (const { resolve } of facts) resolve(appended);
    } catch (error) {
      // One that the log does not take must not keep the others from it.
      if (facts.length > 1 && !(error instanceof StoreUnavailable)) {
        for (const one of facts) await this.#write(stream, [one]);
        return undefined;
      }
      for (const { reject } of facts) reject(error);
      if (error instanceof StoreUnavailable) return error;
    }
    return undefined;
  }
}
