import { type Frontier, hashBytes, nodeHash } from '../crypto/merkle.ts';

/** Hashes in a full tile, and the height of the subtree it stands for (C2SP tlog-tiles). */
export const tileWidth = 256;
export const tileHeight = 8;

/** Hashes to write behind those a tile has already. */
export interface TileGrowth {
  readonly level: number;
  /** Place of the tile in its level, from 0. */
  readonly tile: number;
  readonly hashes: Buffer;
}

/** A tree after some leaves more, and what they add to its tiles. */
export interface Growth {
  readonly frontier: Frontier;
  /** By level, then by tile. */
  readonly tiles: readonly TileGrowth[];
}

/** Appends the hashes of leaves. A level holds the root of each full tile of the level below. */
export function growTree({ roots, size }: Frontier, leaves: readonly Buffer[]): Growth {
  const open = [...roots];
  const tiles = new GrowingTiles();
  leaves.forEach((leaf, offset) => {
    const index = size + offset;
    let root = leaf;
    let height = 0;
    tiles.put(0, index, leaf);
    // As in counting up: a full subtree for each one bit of the size, and each carry joins two.
    for (let rest = index; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = nodeHash(open.pop() as Buffer, root);
      height++;
      if (height % tileHeight === 0) tiles.put(height / tileHeight, Math.floor(index / 2 ** height), root);
    }
    open.push(root);
  });
  return { frontier: { size: size + leaves.length, roots: open }, tiles: tiles.all() };
}

/** Collects the hashes of each tile, in the order of their places. */
class GrowingTiles {
  readonly #levels: { readonly tile: number; readonly hashes: Buffer[] }[][] = [];

  put(level: number, place: number, hash: Buffer): void {
    this.#levels[level] ??= [];
    const tiles = this.#levels[level];
    const tile = Math.floor(place / tileWidth);
    const last = tiles.at(-1);
    if (last?.tile === tile) last.hashes.push(hash);
    else tiles.push({ tile, hashes: [hash] });
  }

  all(): readonly TileGrowth[] {
    return this.#levels.flatMap((tiles, level) =>
      tiles.map(({ hashes, tile }) => ({ level, tile, hashes: Buffer.concat(hashes) })),
    );
  }
}

/** The roots of a frontier as one value. */
export function packFrontier({ roots }: Frontier): Buffer {
  return Buffer.concat(roots);
}

/** @throws {RangeError} there are not as many roots as a tree of the size has */
export function unpackFrontier(size: number, packed: Buffer): Frontier {
  const roots = hashesOf(packed);
  if (roots.length !== onesOf(size)) throw new RangeError(`${roots.length} roots are not those of ${size} leaves`);
  return { size, roots };
}

/** The hashes that stand one behind the other. */
export function hashesOf(packed: Buffer): readonly Buffer[] {
  return Array.from({ length: Math.floor(packed.length / hashBytes) }, (_, index) =>
    packed.subarray(index * hashBytes, (index + 1) * hashBytes),
  );
}

function onesOf(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
