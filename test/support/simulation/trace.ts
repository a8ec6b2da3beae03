import { createHash } from 'node:crypto';

/** Lines kept to be shown. */
const keep = 4_000;
/** Characters that are hashed at once. */
const chunk = 16_384;

/** What happened, line by line: the last lines to read, and a hash over all of them. */
export class Trace {
  readonly #now: () => number;
  readonly #hash = createHash('sha256');
  #lines: string[] = [];
  #unhashed = '';
  count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(who: string, what: string): void {
    const line = `${this.#now().toFixed(3).padStart(12)}  ${who.padEnd(12)} ${what}\n`;
    this.#unhashed += line;
    if (this.#unhashed.length > chunk) this.#take();
    this.#lines.push(line);
    this.count++;
    if (this.#lines.length >= 2 * keep) this.#lines = this.#lines.slice(-keep);
  }

  /** The same for two runs that did the same in the same order at the same times. */
  digest(): string {
    this.#take();
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  #take(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }

  last(lines: number): string {
    return this.#lines.slice(-lines).join('');
  }
}
