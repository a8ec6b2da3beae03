import { rootsFrom } from '../../src/domain/audit/tree-reads.ts';
import { emptyFrontier, frontierRoot, leafHash, type RangeRoot } from '../../src/kernel/crypto/merkle.ts';
import { growTree } from '../../src/kernel/proof/tree.ts';
import type { Row } from '../../src/kernel/query.ts';

/** A tree of made-up leaves, as rows of its tiles. */
export interface TestTree {
  readonly leaves: readonly Buffer[];
  readonly root: Buffer;
  readonly rows: readonly Row[];
  readonly roots: RangeRoot;
}

/** @param salt another gives another tree */
export function testTree(size: number, salt = ''): TestTree {
  const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.from(`${salt}${index}`)));
  const { frontier, tiles } = growTree(emptyFrontier, leaves);
  const rows = tiles.map(({ hashes, level, tile }) => ({ level, tile: BigInt(tile), hashes }));
  return { leaves, root: frontierRoot(frontier), rows, roots: rootsFrom(rows) };
}
