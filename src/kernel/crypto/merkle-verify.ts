import { timingSafeEqual } from 'node:crypto';
import { hashBytes, nodeHash } from './merkle.ts';

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the leaf is where the claim says, in the tree of this root (RFC 9162, 2.1.3.2). False for malformed claims too. */
export function verifyInclusion({ index, size, leafHash, root, proof }: InclusionClaim): boolean {
  if (!areSizes([index, size]) || index >= size || !areHashes([leafHash, root, ...proof])) return false;
  const sides = sidesOf(index, size - 1, proof.length);
  if (sides === undefined) return false;
  const reached = proof.reduce(
    (hash, sibling, step) => (sides[step] === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling)),
    leafHash,
  );
  return equal(reached, root);
}

export interface ConsistencyClaim {
  /** Leaves of the older tree, at least one: every tree grows from the empty one. */
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Uint8Array;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the second tree begins with the first (RFC 9162, 2.1.4.2). False for malformed claims too. */
export function verifyConsistency({ first, second, firstRoot, secondRoot, proof }: ConsistencyClaim): boolean {
  if (!areSizes([first, second]) || first < 1 || first > second) return false;
  if (first === second) return proof.length === 0 && equal(firstRoot, secondRoot);
  if (proof.length === 0 || !areHashes([firstRoot, secondRoot, ...proof])) return false;
  return verifyGrowth(first, second, isPowerOfTwo(first) ? [firstRoot, ...proof] : proof, [firstRoot, secondRoot]);
}

function verifyGrowth(
  first: number,
  second: number,
  path: readonly Uint8Array[],
  [firstRoot, secondRoot]: readonly [Uint8Array, Uint8Array],
): boolean {
  let [index, last] = [first - 1, second - 1];
  while (index % 2 === 1) [index, last] = [half(index), half(last)];
  const [seed, ...siblings] = path as [Uint8Array, ...Uint8Array[]];
  const sides = sidesOf(index, last, siblings.length);
  if (sides === undefined) return false;
  let [older, newer] = [seed, seed];
  siblings.forEach((sibling, step) => {
    if (sides[step] === 'left') [older, newer] = [nodeHash(sibling, older), nodeHash(sibling, newer)];
    else newer = nodeHash(newer, sibling);
  });
  return equal(older, firstRoot) && equal(newer, secondRoot);
}

/**
 * On which side each sibling stands on the way from `index` up to the root of a tree whose last leaf is `last`; undefined
 * where a path there has another number of siblings.
 */
function sidesOf(index: number, last: number, count: number): readonly ('left' | 'right')[] | undefined {
  const sides: ('left' | 'right')[] = [];
  let [at, end] = [index, last];
  for (let step = 0; step < count; step++) {
    if (end === 0) return undefined;
    const left = at % 2 === 1 || at === end;
    sides.push(left ? 'left' : 'right');
    // At the ragged edge a node rises as it is, until it has a neighbour.
    while (left && at % 2 === 0 && at !== 0) [at, end] = [half(at), half(end)];
    [at, end] = [half(at), half(end)];
  }
  return end === 0 ? sides : undefined;
}

const half = (value: number): number => Math.floor(value / 2);

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value;
}

const areSizes = (values: readonly number[]): boolean =>
  values.every((value) => Number.isSafeInteger(value) && value >= 0);

const areHashes = (values: readonly Uint8Array[]): boolean => values.every((value) => value.length === hashBytes);

const equal = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);
