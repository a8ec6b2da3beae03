import { errors } from './errors.ts';

/** Calls that stay open for long: reads, subscriptions, batch appends. */
export class OpenCalls {
  readonly #limit: number;
  readonly #ends = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Counts a call in; throws a resource-exhausted error where there are too many. `end` is called when the node stops.
   *
   * @returns counts it out
   */
  enter(end: () => void): () => void {
    if (this.#ends.size >= this.#limit) throw errors.overloaded(`more than ${this.#limit} calls are open`);
    const entry = (): void => end();
    this.#ends.add(entry);
    return () => {
      this.#ends.delete(entry);
    };
  }

  /** Ends all of them. */
  endAll(): void {
    for (const end of this.#ends) end();
    this.#ends.clear();
  }
}
