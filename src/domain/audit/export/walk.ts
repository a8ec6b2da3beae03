import { appendLeaf, type Frontier, frontierRoot, leafHash } from '../../../kernel/crypto/merkle.ts';
import { chainNext } from '../../../kernel/proof/entry.ts';
import { canonicalOf, type ExportLine, indexOf, tenantOf } from './proven.ts';
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
  fit(line: ExportLine): Fit {
    const { chain, leaf } = line;
    if (tenantOf(line) !== this.#tenant) return 'another tenant';
    if (!isWhole(line)) return 'not its leaf';
    if (indexOf(line) !== this.next) return 'another place';
    return chainNext(this.#chain, leaf).equals(chain) ? 'fits' : 'not the chain';
  }

  /** Goes on to an entry that fits. The segment it completes, if it does. */
  pass(line: ExportLine): { readonly place: number; readonly root: Buffer } | undefined {
    this.#frontier = appendLeaf(this.#frontier, line.leaf);
    this.#chain = line.chain;
    return this.segments.add(signedLeaf(line));
  }
}

/** Whether the entry hashes to its leaf; of one that was pruned, nobody can tell. */
function isWhole(line: ExportLine): boolean {
  return line.entry === undefined || leafHash(canonicalOf(line)).equals(line.leaf);
}

/** The leaf in its segment: another one for an entry that was pruned, so that none can be made to look so. */
export function signedLeaf({ entry, leaf }: ExportLine): Buffer {
  return entry === undefined ? leafHash(Buffer.concat([Buffer.from('pruned'), leaf])) : leaf;
}
