const quote = 0x22;
const backslash = 0x5c;
const half = 'has half of a surrogate pair';

/** What one step within a string came to: where to go on, whether that is behind the closing quote, or why it is refused. */
export type StringStep =
  | { readonly at: number; readonly closed: boolean; readonly escaped: boolean }
  | { readonly refusal: string };

/** Finds the ends of strings. Each position is searched once, natively, however many strings there are. */
export class StringSearch {
  readonly #bytes: Buffer;
  #quoteAt = -1;
  #backslashAt = -1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** From a place within a string to behind its next escape or its closing quote. */
  step(at: number): StringStep {
    this.#quoteAt = this.#next(quote, this.#quoteAt, at);
    this.#backslashAt = this.#next(backslash, this.#backslashAt, at);
    if (this.#backslashAt < this.#quoteAt) return this.#escape(this.#backslashAt);
    const closed = this.#quoteAt < this.#bytes.length;
    return { at: closed ? this.#quoteAt + 1 : this.#quoteAt, closed, escaped: false };
  }

  #next(byte: number, known: number, from: number): number {
    if (known >= from) return known;
    const found = this.#bytes.indexOf(byte, from);
    return found < 0 ? this.#bytes.length : found;
  }

  #escape(at: number): StringStep {
    const unit = this.#unit(at);
    if (isLow(unit) || (isHigh(unit) && !isLow(this.#unit(at + 6)))) return { refusal: half };
    const length = unit === undefined ? 2 : isHigh(unit) ? 12 : 6;
    return { at: at + length, closed: false, escaped: true };
  }

  /** The code unit that a `\uXXXX` stands for. */
  #unit(at: number): number | undefined {
    if (this.#bytes[at + 1] !== 0x75) return undefined;
    const text = this.#bytes.toString('latin1', at, at + 6);
    return /^\\u[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text.slice(2), 16) : undefined;
  }
}

function isHigh(unit: number | undefined): boolean {
  return unit !== undefined && unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number | undefined): boolean {
  return unit !== undefined && unit >= 0xdc00 && unit < 0xe000;
}
