import { sha256, sha256Of } from './sha256.ts';

/**
 * Merkle trees as RFC 6962 and RFC 9162 define them, over SHA-256: pure functions, sizes and indexes as whole numbers up to 2^53.
 */

export const hashBytes = 32;

const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

/** The hash of a leaf, a text as UTF-8 (RFC 9162, 2.1.1): the prefix keeps a leaf from passing for a node. */
export function leafHash(data: string | Uint8Array): Buffer {
  return typeof data === 'string' ? sha256(`\0${data}`) : sha256Of(leafPrefix, data);
}

/** The hash of two neighbours. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256Of(nodePrefix, left, right);
}

/** The root of a tree without leaves. */
export function emptyRoot(): Buffer {
  return sha256('');
}

/** A tree that only grows, kept as the roots of its full subtrees, largest first: enough to append and to tell the root. */
export interface Frontier {
  readonly size: number;
  readonly roots: readonly Buffer[];
}

export const emptyFrontier: Frontier = { size: 0, roots: [] };

/** The tree with one leaf more. */
export function appendLeaf({ size, roots }: Frontier, leaf: Buffer): Frontier {
  const grown = [...roots];
  let root = leaf;
  // As in counting up: a full subtree for each one bit of the size, and each carry joins two.
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) root = nodeHash(grown.pop() as Buffer, root);
  return { size: size + 1, roots: [...grown, root] };
}

/** The root over all leaves so far. */
export function frontierRoot({ roots }: Frontier): Buffer {
  const last = roots.at(-1);
  if (last === undefined) return emptyRoot();
  return roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The root over the leaves from `start` up to, not with, `end`. Answer full subtrees from a store where the tree is large. */
export type RangeRoot = (start: number, end: number) => Buffer;

/** Computes each root from the leaves' hashes. */
export function rangeRoots(leaves: readonly Buffer[]): RangeRoot {
  return (start, end) => {
    if (start < 0 || end > leaves.length) throw new RangeError(`there are ${leaves.length} leaves, not up to ${end}`);
    return frontierRoot(leaves.slice(start, end).reduce(appendLeaf, emptyFrontier));
  };
}

/** The path that shows leaf `index` is in the tree of `size` leaves (RFC 9162, 2.1.3.1). */
export function inclusionProof(index: number, size: number, rangeRoot: RangeRoot): readonly Buffer[] {
  if (!isIndex(index) || !isIndex(size) || index >= size) throw new RangeError(`no leaf ${index} of ${size}`);
  const path: Buffer[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + leftSize(end - start);
    if (index < middle) {
      path.unshift(rangeRoot(middle, end));
      end = middle;
    } else {
      path.unshift(rangeRoot(start, middle));
      start = middle;
    }
  }
  return path;
}

/** The path that shows the tree of `second` leaves to begin with the tree of `first` leaves (RFC 9162, 2.1.4.1). */
export function consistencyProof(first: number, second: number, rangeRoot: RangeRoot): readonly Buffer[] {
  if (!isIndex(first) || !isIndex(second) || first < 1 || first > second) {
    throw new RangeError(`a tree of ${second} does not grow from one of ${first}`);
  }
  const path: Buffer[] = [];
  let [start, end] = [0, second];
  while (first < end) {
    const middle = start + leftSize(end - start);
    if (first <= middle) {
      path.unshift(rangeRoot(middle, end));
      end = middle;
    } else {
      path.unshift(rangeRoot(start, middle));
      start = middle;
    }
  }
  // Where nothing was left aside, the verifier has this root: it is the old tree's own.
  if (start > 0) path.unshift(rangeRoot(start, end));
  return path;
}

/** The largest power of two below `size`. */
function leftSize(size: number): number {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
