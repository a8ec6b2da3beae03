/** What stays of an entry whose fact has left the log: enough for the tree and the chain to be built again. */
export interface KeptLeaf {
  readonly index: number;
  /** Commit position of the fact. */
  readonly position: bigint;
  readonly leaf: Buffer;
}

/** Bytes a leaf takes: index, position, leaf hash. */
const width = 8 + 8 + 32;

/** Leaves of one event: some 260 KB of base64, well below the largest append. */
export const leavesAtOnce = 4_000;

/** One behind the other: index and position as unsigned 64-bit numbers, big-endian, and the leaf's hash; in base64. */
export function packLeaves(leaves: readonly KeptLeaf[]): string {
  const bytes = Buffer.alloc(leaves.length * width);
  leaves.forEach(({ index, leaf, position }, place) => {
    bytes.writeBigUInt64BE(BigInt(index), place * width);
    bytes.writeBigUInt64BE(position, place * width + 8);
    leaf.copy(bytes, place * width + 16);
  });
  return bytes.toString('base64');
}

/** @throws {RangeError} the bytes are no whole number of leaves */
export function unpackLeaves(packed: string): readonly KeptLeaf[] {
  const bytes = Buffer.from(packed, 'base64');
  if (bytes.length % width !== 0) throw new RangeError(`${bytes.length} bytes are no whole number of kept leaves`);
  return Array.from({ length: bytes.length / width }, (_, place) => ({
    index: Number(bytes.readBigUInt64BE(place * width)),
    position: bytes.readBigUInt64BE(place * width + 8),
    leaf: bytes.subarray(place * width + 16, (place + 1) * width),
  }));
}

/** Commit positions of facts that are about to leave the log: what a read model has of them goes too. */
export function positionsOf(packed: string): readonly string[] {
  return unpackLeaves(packed).map(({ position }) => String(position));
}
