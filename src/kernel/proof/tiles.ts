import { emptyRoot, hashBytes, nodeHash, type RangeRoot } from '../crypto/merkle.ts';
import { tileHeight, tileWidth } from './tree.ts';

/** The place of a tile: its level, and its index within the level. */
export interface TilePlace {
  readonly level: number;
  readonly tile: number;
}

/** What a tile's URL names: the index, and the width where the tile is asked for as a partial one. */
export interface TileAddress {
  readonly tile: number;
  /** 1 to 255 */
  readonly width?: number;
}

/** Levels a tree of 2^53 leaves can have. */
export const maxLevel = 6;

/** `x001/x234/067`, with `.p/<width>` behind a partial tile's (C2SP tlog-tiles). */
export function tilePath({ tile, width }: TileAddress): string {
  const digits = String(tile).padStart(Math.ceil(String(tile).length / 3) * 3, '0');
  const groups = digits.match(/\d{3}/g) as readonly string[];
  const path = groups.map((group, index) => (index < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === undefined ? path : `${path}.p/${width}`;
}

/** Reads the path of a tile behind its level; undefined for any but the one spelling. */
export function parseTilePath(path: string): TileAddress | undefined {
  const [, index = '', width] = /^((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? [];
  if (index === '') return undefined;
  const address = {
    tile: Number(index.replaceAll(/[x/]/g, '')),
    ...(width === undefined ? {} : { width: Number(width) }),
  };
  if (address.width !== undefined && address.width >= tileWidth) return undefined;
  return tilePath(address) === path ? address : undefined;
}

/**
 * The tiles that hold every hash on the way from the leaf to the root, and beside it: one a level. With the leaf and the last leaf of a
 * tree's size, these are enough for any proof about the leaf in it.
 */
export function tilesAbove(leaf: number): readonly TilePlace[] {
  return Array.from({ length: maxLevel + 1 }, (_, level) => ({
    level,
    tile: Math.floor(leaf / tileWidth ** (level + 1)),
  }));
}

/** A tile that a proof needs is not there: the tree is not as large as it says, or the tile was lost. */
export class TileMissing extends Error {
  override readonly name = 'TileMissing';
}

/** The hashes of a tile, or as many as there are yet; undefined where there is none. */
export type Tiles = (place: TilePlace) => Buffer | undefined;

/**
 * Computes roots of ranges from tiles.
 *
 * @returns a function that throws {TileMissing}
 */
export function tileRoots(tiles: Tiles): RangeRoot {
  return (start, end) => rootOf(tiles, start, end);
}

function rootOf(tiles: Tiles, start: number, end: number): Buffer {
  const size = end - start;
  if (size < 1) return emptyRoot();
  let [left, height] = [1, 0];
  while (left * 2 <= size) [left, height] = [left * 2, height + 1];
  if (left === size) return fullRoot(tiles, height, start / size);
  return nodeHash(rootOf(tiles, start, start + left), rootOf(tiles, start + left, end));
}

/** The root of the full subtree of this height, from the hashes of the tile it is in. */
function fullRoot(tiles: Tiles, height: number, place: number): Buffer {
  const level = Math.floor(height / tileHeight);
  const count = 2 ** (height % tileHeight);
  const tile = Math.floor((place * count) / tileWidth);
  const offset = ((place * count) % tileWidth) * hashBytes;
  const hashes = tiles({ level, tile });
  if (hashes === undefined || hashes.length < offset + count * hashBytes) {
    throw new TileMissing(`tile ${tile} of level ${level} has not the ${count} hashes from ${offset / hashBytes}`);
  }
  return joined(hashes.subarray(offset, offset + count * hashBytes));
}

function joined(hashes: Buffer): Buffer {
  if (hashes.length === hashBytes) return hashes;
  const middle = hashes.length / 2;
  return nodeHash(joined(hashes.subarray(0, middle)), joined(hashes.subarray(middle)));
}
