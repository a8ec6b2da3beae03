import { appendLeaf, emptyFrontier, type Frontier, frontierRoot } from '../../../kernel/crypto/merkle.ts';

/** Segments an export is signed in at most. */
const segmentsAtMost = 1_024;

/** Entries of one segment of an export: as few as give 1,024 segments or less, and a power of two. */
export function segmentLength(entries: number): number {
  let length = 1;
  while (Math.ceil(entries / length) > segmentsAtMost) length *= 2;
  return length;
}

/** RFC 6962 roots over each run of `length` leaves: what is signed of an export, so that damage has a place. */
export class Segments {
  readonly #roots: Buffer[] = [];
  readonly #length: number;
  #open: Frontier = emptyFrontier;

  constructor(length: number) {
    this.#length = length;
  }

  /** Adds a leaf. The segment it completes, if it does: its place and its root. */
  add(leaf: Buffer): { readonly place: number; readonly root: Buffer } | undefined {
    this.#open = appendLeaf(this.#open, leaf);
    return this.#open.size < this.#length ? undefined : this.#close();
  }

  /** The segment that is open, which the last one may be. */
  end(): { readonly place: number; readonly root: Buffer } | undefined {
    return this.#open.size === 0 ? undefined : this.#close();
  }

  get roots(): readonly Buffer[] {
    return this.#roots;
  }

  #close(): { readonly place: number; readonly root: Buffer } {
    const root = frontierRoot(this.#open);
    this.#open = emptyFrontier;
    // A copy: the root of a pool would keep the whole pool.
    this.#roots.push(Buffer.from(new Uint8Array(root).buffer));
    return { place: this.#roots.length - 1, root };
  }
}
