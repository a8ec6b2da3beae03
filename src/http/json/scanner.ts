import { numberAt } from './numbers.ts';
import { JsonPath } from './path.ts';
import { StringSearch } from './strings.ts';

/** What a document may hold at most. */
export interface JsonLimits {
  /** Objects and arrays within one another. */
  readonly depth: number;
  /** Members and elements, counted over the whole document. */
  readonly items: number;
}

/** Why a document is refused, and where: a dotted path and a reason without any of its values. */
export interface JsonProblem {
  readonly path: string;
  readonly message: string;
}

/** A reason; undefined: go on. */
type Refusal = string | undefined;
type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const literals: Readonly<Record<number, string>> = { 116: 'true', 102: 'false', 110: 'null' };
const [quote, comma, colon] = [0x22, 0x2c, 0x3a];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const longestName = 1_024;
const malformed = 'is not valid JSON';

/**
 * Walks over JSON text (RFC 8259) once, in steps, without building anything: refuses what a parser would accept and the product must not
 * see. It accepts some text that is not JSON (control characters in strings), so a parser still has the last word.
 */
export class JsonScanner {
  readonly #bytes: Buffer;
  readonly #limits: JsonLimits;
  readonly #path = new JsonPath();
  readonly #strings: StringSearch;
  #at = 0;
  #expected: Expected = 'value';
  #items = 0;
  /** Start of the string being walked over; -1 outside of strings. */
  #string = -1;
  #escaped = false;
  #problem: JsonProblem | undefined;

  constructor(bytes: Buffer, limits: JsonLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#strings = new StringSearch(bytes);
  }

  /** The refusal, once `advance` has returned true; undefined where there is none. */
  get problem(): JsonProblem | undefined {
    return this.#problem;
  }

  /** Takes at most so many steps, each of bounded work; true when done. A step takes a byte of structure or a run without escapes. */
  advance(steps: number): boolean {
    for (let step = 0; step < steps && this.#problem === undefined; step++) {
      const ended = this.#at >= this.#bytes.length;
      const message = ended ? this.#end() : this.#step();
      if (message !== undefined) this.#problem = { path: this.#path.text(), message };
      if (ended) return true;
    }
    return this.#problem !== undefined;
  }

  #end(): Refusal {
    return this.#expected === 'nothing' ? undefined : 'is incomplete JSON';
  }

  #step(): Refusal {
    if (this.#string >= 0) return this.#insideString();
    const byte = this.#bytes[this.#at] as number;
    return isSpace(byte) ? this.#take(this.#expected) : this.#structure(byte);
  }

  #structure(byte: number): Refusal {
    switch (this.#expected) {
      case 'comma or end':
        return byte === comma ? this.#comma() : this.#close(byte);
      case 'colon':
        return byte === colon ? this.#take('value') : malformed;
      case 'nothing':
        return 'has text after its end';
      case 'name or end':
        return byte === quote ? this.#beginString() : this.#close(byte);
      case 'name':
        return byte === quote ? this.#beginString() : malformed;
      default:
        return this.#value(byte);
    }
  }

  #comma(): Refusal {
    return this.#take(this.#path.inArray() ? 'value' : 'name');
  }

  #take(next: Expected, bytes = 1): Refusal {
    this.#at += bytes;
    this.#expected = next;
    return undefined;
  }

  #value(byte: number): Refusal {
    if (byte === closeArray && this.#expected === 'value or end') return this.#close(byte);
    const tooMany = this.#path.nextElement() ? this.#count() : undefined;
    if (tooMany !== undefined) return tooMany;
    if (byte === quote) return this.#beginString();
    if (byte === openObject || byte === openArray) return this.#open(byte === openArray);
    const literal = literals[byte];
    return literal === undefined ? this.#number() : this.#literal(literal);
  }

  #count(): Refusal {
    this.#items++;
    return this.#items > this.#limits.items ? `has more than ${this.#limits.items} members and elements` : undefined;
  }

  #open(array: boolean): Refusal {
    if (this.#path.depth >= this.#limits.depth) return `is nested deeper than ${this.#limits.depth} levels`;
    this.#path.enter(array);
    return this.#take(array ? 'value or end' : 'name or end');
  }

  #close(byte: number): Refusal {
    if (byte !== (this.#path.inArray() ? closeArray : closeObject)) return malformed;
    this.#path.leave();
    return this.#take(this.#afterValue());
  }

  #afterValue(): Expected {
    return this.#path.depth === 0 ? 'nothing' : 'comma or end';
  }

  #literal(word: string): Refusal {
    const found = this.#bytes.toString('latin1', this.#at, this.#at + word.length) === word;
    return found ? this.#take(this.#afterValue(), word.length) : malformed;
  }

  #number(): Refusal {
    const number = numberAt(this.#bytes, this.#at);
    return 'refusal' in number ? number.refusal : this.#take(this.#afterValue(), number.end - this.#at);
  }

  #beginString(): Refusal {
    this.#string = this.#at++;
    this.#escaped = false;
    return undefined;
  }

  #insideString(): Refusal {
    const step = this.#strings.step(this.#at);
    if ('refusal' in step) return step.refusal;
    this.#at = step.at;
    this.#escaped ||= step.escaped;
    if (!step.closed) return undefined;
    const start = this.#string;
    this.#string = -1;
    const isName = this.#expected === 'name' || this.#expected === 'name or end';
    return isName ? this.#member(start) : this.#take(this.#afterValue(), 0);
  }

  #member(start: number): Refusal {
    if (this.#at - start > longestName) return `has a name of more than ${longestName} bytes`;
    const name = this.#escaped
      ? unescaped(this.#bytes.toString('utf8', start, this.#at))
      : this.#bytes.toString('utf8', start + 1, this.#at - 1);
    if (name === undefined) return malformed;
    return this.#path.enterMember(name) ?? this.#count() ?? this.#take('colon', 0);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function unescaped(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
