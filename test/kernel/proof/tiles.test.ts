import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  frontierRoot,
  inclusionProof,
  leafHash,
  rangeRoots,
} from '../../../src/kernel/crypto/merkle.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/kernel/crypto/merkle-verify.ts';
import { parseTilePath, TileMissing, tilePath, tileRoots, tilesAbove } from '../../../src/kernel/proof/tiles.ts';
import { type Growth, growTree, packFrontier, unpackFrontier } from '../../../src/kernel/proof/tree.ts';

const leaves = Array.from({ length: 70_000 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

/** A tree grown in the given steps, and its tiles by level and place. */
function grown(steps: readonly number[]): { readonly growth: Growth; readonly tiles: ReadonlyMap<string, Buffer> } {
  const tiles = new Map<string, Buffer>();
  let growth: Growth = { frontier: emptyFrontier, tiles: [] };
  for (const step of steps) {
    const { frontier } = growth;
    growth = growTree(frontier, leaves.slice(frontier.size, frontier.size + step));
    for (const { hashes, level, tile } of growth.tiles) {
      const key = `${level}/${tile}`;
      tiles.set(key, Buffer.concat([tiles.get(key) ?? Buffer.alloc(0), hashes]));
    }
  }
  return { growth, tiles };
}

describe('tiles of a tree', () => {
  it('are those that the layout shows for 70,000 entries', () => {
    const { tiles } = grown([70_000]);
    const widths = (level: number): readonly number[] =>
      [...tiles].filter(([key]) => key.startsWith(`${level}/`)).map(([, hashes]) => hashes.length / 32);
    expect(widths(0)).to.have.lengthOf(274);
    expect(widths(0).at(-1)).to.equal(112);
    expect(widths(1)).to.deep.equal([256, 17]);
    expect(widths(2)).to.deep.equal([1]);
    const first = rangeRoots(leaves.slice(0, 256))(0, 256);
    expect(tiles.get('1/0')?.subarray(0, 32)).to.deep.equal(first);
  });

  it('are the same however the leaves come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 }), (steps) => {
        const total = steps.reduce((sum, step) => sum + step, 0);
        const { growth, tiles } = grown(steps);
        const once = grown([total]);
        expect(tiles).to.deep.equal(once.tiles);
        expect(growth.frontier).to.deep.equal(leaves.slice(0, total).reduce(appendLeaf, emptyFrontier));
        expect(unpackFrontier(total, packFrontier(growth.frontier))).to.deep.equal(growth.frontier);
      }),
      { numRuns: 60 },
    );
  });

  it('give the proofs that the leaves give, at any size, from two tiles a level', () => {
    const { tiles } = grown([70_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), fc.nat(), (size, some) => {
        const index = some % size;
        const needed = new Set(
          [...tilesAbove(index), ...tilesAbove(size - 1)].map(({ level, tile }) => `${level}/${tile}`),
        );
        const roots = tileRoots(({ level, tile }) =>
          needed.has(`${level}/${tile}`) ? tiles.get(`${level}/${tile}`) : undefined,
        );
        const root = roots(0, size);
        const proof = inclusionProof(index, size, roots);
        expect(verifyInclusion({ index, size, leafHash: leaves[index] as Buffer, root, proof })).to.equal(true);
        const first = index + 1;
        const [firstRoot, growth] = [roots(0, first), consistencyProof(first, size, roots)];
        expect(verifyConsistency({ first, second: size, firstRoot, secondRoot: root, proof: growth })).to.equal(true);
      }),
      { numRuns: 300 },
    );
    const roots = tileRoots(({ level, tile }) => tiles.get(`${level}/${tile}`));
    for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000]) {
      expect(roots(0, size)).to.deep.equal(frontierRoot(leaves.slice(0, size).reduce(appendLeaf, emptyFrontier)));
    }
  });

  it('that are not there are named', () => {
    const { tiles } = grown([300]);
    const roots = tileRoots(({ level, tile }) => tiles.get(`${level}/${tile}`));
    expect(() => roots(0, 301)).to.throw(TileMissing, 'tile 1 of level 0');
    expect(() => roots(0, 513)).to.throw(TileMissing, 'level 1');
  });

  it('have one path each', () => {
    expect(tilePath({ tile: 1_234_067 })).to.equal('x001/x234/067');
    expect(tilePath({ tile: 0 })).to.equal('000');
    expect(tilePath({ tile: 999, width: 112 })).to.equal('999.p/112');
    expect(tilePath({ tile: 1_000 })).to.equal('x001/000');
    expect(parseTilePath('x001/x234/067.p/8')).to.deep.equal({ tile: 1_234_067, width: 8 });
    const wrong = ['', '67', '1/067', 'x000/067', 'x001/x067', '067.p/0', '067.p/256', '067.p/08', '067/', '067.p'];
    for (const path of wrong) expect(parseTilePath(path), path).to.equal(undefined);
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.integer({ min: 1, max: 255 }), (tile, width) => {
        expect(parseTilePath(tilePath({ tile }))).to.deep.equal({ tile });
        expect(parseTilePath(tilePath({ tile, width }))).to.deep.equal({ tile, width });
      }),
    );
  });

  it('refuse a frontier of another size', () => {
    expect(() => unpackFrontier(3, createHash('sha256').digest())).to.throw(RangeError);
  });
});
