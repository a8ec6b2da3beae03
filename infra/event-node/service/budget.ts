/** Bytes that requests may hold in memory together; what would go beyond is refused, not made to wait. */
export class Budget {
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False where the bytes are not to be had. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#limit) return false;
    this.#taken += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** What one request holds of a budget. */
export class Holding {
  readonly #budget: Budget;
  #bytes = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** False where the bytes are not to be had. */
  add(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives all of it back; further calls do nothing. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
