import { createHash } from 'node:crypto';

/** Lines kept to be shown. */
const keep = 4_000;

/** What happened, line by line: the last lines to read, and a hash over all of them. */
export class Trace {
  readonly #now: () => number;
  readonly #hash = createHash('sha256');
  #lines: string[] = [];
  count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(who: string, what: string): void {
    const line = `${this.#now().toFixed(3).padStart(12)}  ${who.padEnd(12)} ${what}\n`;
    this.#hash.update(line);
    this.#lines.push(line);
    this.count++;
    if (this.#lines.length >= 2 * keep) this.#lines = this.#lines.slice(-keep);
  }

  /** The same for two runs that did the same in the same order at the same times. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  last(lines: number): string {
    return this.#lines.slice(-lines).join('');
  }
}
