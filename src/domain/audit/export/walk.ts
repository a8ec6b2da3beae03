import { appendLeaf, type Frontier, frontierRoot, leafHash } from '../../../kernel/crypto/merkle.ts';
import { chainNext } from '../../../kernel/proof/entry.ts';
import { canonicalOf, type ProvenEntry } from './proven.ts';
import { Segments } from './segments.ts';

/** Where a walk begins: behind so many entries, with the chain and the tree they gave. */
export interface WalkStart {
  readonly tenant: string;
  readonly frontier: Frontier;
  readonly chain: Buffer;
}

/** How an entry fits where it stands. */
export type Fit = 'fits' | 'another place' | 'another tenant' | 'not its leaf' | 'not the chain';

/** Goes through entries one after the other: each must be the next one, hash to its leaf, and continue the chain. */
export class EntryWalk {
  readonly #tenant: string;
  readonly segments: Segments;
  #frontier: Frontier;
  #chain: Buffer;

  constructor({ chain, frontier, tenant }: WalkStart, segmentLength: number) {
    this.#tenant = tenant;
    this.#frontier = frontier;
    this.#chain = chain;
    this.segments = new Segments(segmentLength);
  }

  /** Index of the entry that must come. */
  get next(): number {
    return this.#frontier.size;
  }

  get chain(): Buffer {
    return this.#chain;
  }

  /** Root of the tree so far. */
  get root(): Buffer {
    return frontierRoot(this.#frontier);
  }

  /** Whether an entry is the one that must come. */
  fit(proven: ProvenEntry): Fit {
    const { chain, entry, leaf } = proven;
    if (entry.tenant !== this.#tenant) return 'another tenant';
    if (!isWhole(proven)) return 'not its leaf';
    if (entry.index !== this.next) return 'another place';
    return chainNext(this.#chain, leaf).equals(chain) ? 'fits' : 'not the chain';
  }

  /** Goes on to an entry that fits. The segment it completes, if it does. */
  pass({ chain, leaf }: ProvenEntry): { readonly place: number; readonly root: Buffer } | undefined {
    this.#frontier = appendLeaf(this.#frontier, leaf);
    this.#chain = chain;
    return this.segments.add(leaf);
  }
}

/** Whether the entry hashes to its leaf. */
export function isWhole(proven: ProvenEntry): boolean {
  return leafHash(Buffer.from(canonicalOf(proven), 'utf8')).equals(proven.leaf);
}
