import { expect } from 'chai';
import fc from 'fast-check';
import { rootsFrom } from '../../src/domain/audit/tree-reads.ts';
import {
  consistencyProof,
  emptyFrontier,
  frontierRoot,
  inclusionProof,
  leafHash,
  type RangeRoot,
} from '../../src/kernel/crypto/merkle.ts';
import { verifyConsistency, verifyInclusion } from '../../src/kernel/crypto/merkle-verify.ts';
import { growTree } from '../../src/kernel/proof/tree.ts';
import { runsOf } from '../support/models/runs.ts';
import { leafOf, mth, path, proof } from '../support/models/tree-model.ts';

/** A tree that came in batches, kept as the read model keeps it: a frontier, and tiles that are added to. */
interface Grown {
  readonly leaves: readonly Buffer[];
  readonly root: Buffer;
  readonly roots: RangeRoot;
}

function grown(batches: readonly number[]): Grown {
  const leaves: Buffer[] = [];
  const tiles = new Map<string, { level: number; tile: bigint; hashes: Buffer }>();
  let frontier = emptyFrontier;
  for (const batch of batches) {
    const added = Array.from({ length: batch }, (_, index) => leafHash(Buffer.from(`${leaves.length + index}`)));
    leaves.push(...added);
    const growth = growTree(frontier, added);
    for (const { hashes, level, tile } of growth.tiles) {
      const before = tiles.get(`${level}/${tile}`)?.hashes ?? Buffer.alloc(0);
      tiles.set(`${level}/${tile}`, { level, tile: BigInt(tile), hashes: Buffer.concat([before, hashes]) });
    }
    frontier = growth.frontier;
  }
  return { leaves, root: frontierRoot(frontier), roots: rootsFrom([...tiles.values()]) };
}

const batches = fc.array(fc.oneof(fc.nat(20), fc.nat(300), fc.constantFrom(1, 255, 256, 257)), {
  minLength: 1,
  maxLength: 6,
});

describe('the tree of the audit, against RFC 6962 as it is written', function () {
  this.timeout(60_000);

  it('has the same leaves and roots at every size it had', () => {
    const property = fc.property(batches, fc.nat(), (sizes, at) => {
      const { leaves, root, roots } = grown(sizes);
      expect(leaves[0] ?? leafOf(Buffer.from('0'))).to.deep.equal(leafOf(Buffer.from('0')));
      expect(root).to.deep.equal(mth(leaves));
      const size = at % (leaves.length + 1);
      expect(roots(0, size)).to.deep.equal(mth(leaves.slice(0, size)));
    });
    fc.assert(property, runsOf(100));
  });

  it('gives the same proofs, and takes them for no other leaf, size or root', () => {
    const property = fc.property(batches, fc.nat(), fc.nat(), fc.nat(), (sizes, some, other, bit) => {
      const { leaves, roots } = grown([...sizes, 1]);
      const size = 1 + (some % leaves.length);
      const index = other % size;
      const tree = leaves.slice(0, size);
      const root = mth(tree);
      const inclusion = path(index, tree);
      expect(inclusionProof(index, size, roots)).to.deep.equal(inclusion);
      const claim = { index, size, leafHash: leaves[index] as Buffer, root, proof: inclusion };
      expect(verifyInclusion(claim)).to.equal(true);
      expect(verifyInclusion({ ...claim, leafHash: flipped(leaves[index] as Buffer, bit) })).to.equal(false);
      if (inclusion.length > 0) {
        expect(verifyInclusion({ ...claim, proof: oneFlipped(inclusion, bit) })).to.equal(false);
        expect(verifyInclusion({ ...claim, proof: inclusion.slice(1) })).to.equal(false);
      }
      const first = index + 1;
      const growth = proof(first, tree);
      expect(consistencyProof(first, size, roots)).to.deep.equal(growth);
      const whole = { first, second: size, firstRoot: mth(leaves.slice(0, first)), secondRoot: root, proof: growth };
      expect(verifyConsistency(whole)).to.equal(true);
      expect(verifyConsistency({ ...whole, firstRoot: flipped(whole.firstRoot, bit) })).to.equal(false);
      if (growth.length > 0) expect(verifyConsistency({ ...whole, proof: oneFlipped(growth, bit) })).to.equal(false);
    });
    fc.assert(property, runsOf(200));
  });
});

function flipped(hash: Buffer, bit: number): Buffer {
  const other = Buffer.from(hash);
  other[(bit >> 3) % other.length] = (other[(bit >> 3) % other.length] ?? 0) ^ (1 << (bit % 8));
  return other;
}

function oneFlipped(hashes: readonly Buffer[], bit: number): readonly Buffer[] {
  const at = bit % hashes.length;
  return hashes.map((hash, index) => (index === at ? flipped(hash, bit) : hash));
}
