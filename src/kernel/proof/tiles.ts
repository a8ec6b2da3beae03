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
 * Computes roots of ranges from tiles. What is between a tile's hashes and its root is hashed once.
 *
 * @returns a function that throws {TileMissing}
 */
export function tileRoots(tiles: Tiles): RangeRoot {
  const opened = new Map<string, OpenTile>();
  const open: OpenTiles = (place) => {
    const name = `${place.level}/${place.tile}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    const hashes = tiles(place);
    if (hashes === undefined) return undefined;
    const tile = new OpenTile(hashes);
    opened.set(name, tile);
    return tile;
  };
  return (start, end) => rootOf(open, start, end);
}

type OpenTiles = (place: TilePlace) => OpenTile | undefined;

/** A tile with the nodes above its hashes, as far up as they were asked for. */
class OpenTile {
  /** By height above the hashes: the nodes that are full, one behind the other. */
  readonly #rows: Buffer[];

  constructor(hashes: Buffer) {
    this.#rows = [hashes];
  }

  /** The node over the hashes from `place` * 2^`height`; undefined where the tile has not all of them. */
  node(height: number, place: number): Buffer | undefined {
    for (let row = this.#rows.length; row <= height; row++) this.#rows.push(above(this.#rows[row - 1] as Buffer));
    const node = this.#rows[height]?.subarray(place * hashBytes, (place + 1) * hashBytes);
    return node?.length === hashBytes ? node : undefined;
  }
}

/** The nodes over neighbours. */
function above(row: Buffer): Buffer {
  const pairs = Math.floor(row.length / (2 * hashBytes));
  const nodes = Buffer.allocUnsafe(pairs * hashBytes);
  for (let pair = 0; pair < pairs; pair++) {
    const [left, right] = [2 * pair * hashBytes, (2 * pair + 1) * hashBytes];
    nodes.set(nodeHash(row.subarray(left, right), row.subarray(right, right + hashBytes)), pair * hashBytes);
  }
  return nodes;
}

function rootOf(open: OpenTiles, start: number, end: number): Buffer {
  const size = end - start;
  if (size < 1) return emptyRoot();
  let [left, height] = [1, 0];
  while (left * 2 <= size) [left, height] = [left * 2, height + 1];
  if (left === size) return fullRoot(open, height, start / size);
  return nodeHash(rootOf(open, start, start + left), rootOf(open, start + left, end));
}

/** The root of the full subtree of this height, from the hashes of the tile it is in. */
function fullRoot(open: OpenTiles, height: number, place: number): Buffer {
  const level = Math.floor(height / tileHeight);
  const count = 2 ** (height % tileHeight);
  const tile = Math.floor((place * count) / tileWidth);
  const offset = (place * count) % tileWidth;
  const node = open({ level, tile })?.node(height % tileHeight, offset / count);
  if (node !== undefined) return node;
  throw new TileMissing(`tile ${tile} of level ${level} has not the ${count} hashes from ${offset}`);
}
