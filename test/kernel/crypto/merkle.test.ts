import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  emptyRoot,
  frontierRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rangeRoots,
} from '../../../src/kernel/crypto/merkle.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/kernel/crypto/merkle-verify.ts';
import { vectorFiles, vectors } from '../../support/vectors.ts';

interface InclusionFile {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}
interface ConsistencyFile {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string | null;
  readonly root2: string | null;
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}

const leaves = Array.from({ length: 66 }, (_, index) => leafHash(Buffer.from([index])));
const rangeRoot = rangeRoots(leaves);
const bytes = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64');
const paths = (proof: readonly string[] | null): Buffer[] => (proof ?? []).map(bytes);

/** The definition itself (RFC 9162, 2.1.1), to check the rest against. */
function defined(of: readonly Buffer[]): Buffer {
  if (of.length === 0) return emptyRoot();
  if (of.length === 1) return of[0] as Buffer;
  let left = 1;
  while (left * 2 < of.length) left *= 2;
  return nodeHash(defined(of.slice(0, left)), defined(of.slice(left)));
}

describe('merkle tree', () => {
  it('tells a leaf from a node', () => {
    const [left, right] = [leaves[0] as Buffer, leaves[1] as Buffer];
    expect(leafHash(Buffer.concat([left, right])).equals(nodeHash(left, right))).to.equal(false);
    expect(emptyRoot().toString('hex')).to.match(/^e3b0c44298fc1c14/);
    expect(leafHash(Buffer.alloc(0)).toString('hex')).to.match(/^6e340b9cffb37a98/);
  });

  it('grows to the root the definition gives', () => {
    let frontier = emptyFrontier;
    for (let size = 0; size <= leaves.length; size++) {
      const root = defined(leaves.slice(0, size));
      expect(frontierRoot(frontier).equals(root), `size ${size}`).to.equal(true);
      expect(rangeRoot(0, size).equals(root)).to.equal(true);
      expect(frontier.size).to.equal(size);
      frontier = appendLeaf(frontier, leaves[size] ?? Buffer.alloc(32));
    }
  });

  it('proves every leaf of every size to be in it, at its place only', () => {
    for (let size = 1; size <= 40; size++) {
      const root = rangeRoot(0, size);
      for (let index = 0; index < size; index++) {
        const leaf = leaves[index] as Buffer;
        const claim = { index, size, leafHash: leaf, root, proof: inclusionProof(index, size, rangeRoot) };
        expect(verifyInclusion(claim), `${index} of ${size}`).to.equal(true);
        expect(verifyInclusion({ ...claim, index: index + 1 })).to.equal(false);
        expect(verifyInclusion({ ...claim, leafHash: leaves[(index + 1) % leaves.length] as Buffer })).to.equal(false);
      }
    }
  });

  it('proves every size to grow from every smaller one', () => {
    for (let second = 1; second <= 40; second++) {
      for (let first = 1; first <= second; first++) {
        const proof = consistencyProof(first, second, rangeRoot);
        const claim = { first, second, firstRoot: rangeRoot(0, first), secondRoot: rangeRoot(0, second), proof };
        expect(verifyConsistency(claim), `${first} to ${second}`).to.equal(true);
        expect(verifyConsistency({ ...claim, firstRoot: randomBytes(32) })).to.equal(false);
        expect(verifyConsistency({ ...claim, secondRoot: randomBytes(32) })).to.equal(false);
        if (first < second) expect(verifyConsistency({ ...claim, first: first + 1 })).to.equal(false);
      }
    }
  });

  it('finds a history that was changed, cut or put in another order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.nat(),
        fc.constantFrom('flip', 'swap', 'drop'),
        (size, at, change) => {
          const index = at % size;
          const altered = leaves.slice(0, 64);
          if (change === 'flip') altered[index] = randomBytes(32);
          if (change === 'swap') [altered[index], altered[63]] = [altered[63] as Buffer, altered[index] as Buffer];
          if (change === 'drop') altered.splice(index, 1);
          const second = altered.length;
          const proof = consistencyProof(size, second, rangeRoots(altered));
          const secondRoot = rangeRoots(altered)(0, second);
          return !verifyConsistency({ first: size, second, firstRoot: rangeRoot(0, size), secondRoot, proof });
        },
      ),
    );
  });

  it('proves nothing that is not there', () => {
    for (const [index, size] of [
      [1, 1],
      [0, 0],
      [-1, 2],
      [0.5, 2],
      [0, 67],
      [0, 2 ** 53],
    ] as const) {
      expect(() => inclusionProof(index, size, rangeRoot), `${index} of ${size}`).to.throw(RangeError);
    }
    for (const [first, second] of [
      [0, 1],
      [2, 1],
      [1, 67],
      [1.5, 3],
    ] as const) {
      expect(() => consistencyProof(first, second, rangeRoot), `${first} to ${second}`).to.throw(RangeError);
    }
  });

  it('verifies as the known answers say', () => {
    for (const file of vectorFiles('merkle/testdata/inclusion')) {
      const known = vectors<InclusionFile>(file) as InclusionFile;
      const verdict = verifyInclusion({
        index: known.leafIdx,
        size: known.treeSize,
        leafHash: bytes(known.leafHash),
        root: bytes(known.root),
        proof: paths(known.proof),
      });
      expect(verdict, `${file}: ${known.desc}`).to.equal(!known.wantErr);
    }
    for (const file of vectorFiles('merkle/testdata/consistency')) {
      const known = vectors<ConsistencyFile>(file) as ConsistencyFile;
      const verdict = verifyConsistency({
        first: known.size1,
        second: known.size2,
        firstRoot: bytes(known.root1),
        secondRoot: bytes(known.root2),
        proof: paths(known.proof),
      });
      expect(verdict, `${file}: ${known.desc}`).to.equal(!known.wantErr);
    }
  });
});
