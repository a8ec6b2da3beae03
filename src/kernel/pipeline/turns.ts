import { StoreUnavailable } from '../unavailable.ts';

/**
 * One at a time for each key, in order of asking. Commands on one stream of one process never conflict with each other; other
 * processes are told apart by the expected revision. Where one finds a store away, those that waited for it are told so at once:
 * each would only find the same, one after the other.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, (error: unknown) => {
      if (error instanceof StoreUnavailable) throw error;
      return work();
    });
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
