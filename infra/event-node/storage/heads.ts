import { crc32 } from 'node:zlib';
import type { Database } from 'lmdb';
import { nameKey, recentsEnd } from './keys.ts';
import { DamagedRecord } from './record.ts';

/** What is known of a stream. */
export interface Head {
  readonly number: number;
  /** The lowest revision a scavenge has left. */
  readonly first: number;
  /** Revision of the last event; -1 where there is none. */
  readonly last: number;
}

/** What is known of the whole log. */
export interface Tail {
  /** Position of the last event. */
  readonly position: number;
  /** Position of the last event that index, heads and names have; 0 where they have none. */
  readonly indexed: number;
  readonly nextStreamNumber: number;
}

type Table = Database<Buffer, Buffer>;

const tailKey = recentsEnd;
const formerTailKey = Buffer.from('tail');

/**
 * What the heads say of a stream. Their tree is another than those of the names and the index, so that damage to one, which would hide a
 * stream or its last events, is seen in the other.
 *
 * @throws {DamagedRecord}
 */
export function readHead(heads: Table, name: string): Head | undefined {
  const key = nameKey(name);
  const value = heads.get(key);
  if (value === undefined) return undefined;
  const [number = 0, first = 0, last = 0] = opened(key, value, [4, 8, 8]);
  return { number, first, last };
}

export function writeHead(heads: Table, name: string, { first, last, number }: Head): void {
  const key = nameKey(name);
  heads.putSync(key, sealed(key, [4, number], [8, first], [8, last]));
}

/** @throws {DamagedRecord} */
export function readTail(state: Table): Tail | undefined {
  const value = state.get(tailKey);
  if (value === undefined) return undefined;
  const [position = 0, nextStreamNumber = 0, indexed = 0] = opened(tailKey, value, [8, 4, 8]);
  return { position, nextStreamNumber, indexed };
}

export function writeTail(state: Table, { indexed, nextStreamNumber, position }: Tail): void {
  state.putSync(tailKey, sealed(tailKey, [8, position], [4, nextStreamNumber], [8, indexed]));
}

/**
 * The end of the log in the second format, which had a table of its own for it.
 *
 * @throws {DamagedRecord}
 */
export function readFormerTail(state: Table): Tail | undefined {
  const value = state.get(formerTailKey);
  if (value === undefined) return undefined;
  const [position = 0, nextStreamNumber = 0] = opened(formerTailKey, value, [8, 4]);
  return { position, nextStreamNumber, indexed: position };
}

type Field = readonly [bytes: 4 | 8, value: number];

/** Numbers, and a CRC-32 over them and the key they stand under. */
export function sealed(key: Buffer, ...fields: readonly Field[]): Buffer {
  const value = Buffer.allocUnsafe(fields.reduce((sum, [bytes]) => sum + bytes, 4));
  let at = 0;
  for (const [bytes, number] of fields) {
    // Halves are faster than a BigInt, and this is done for every stream of a commit.
    if (bytes === 8) at = value.writeUInt32BE(Math.floor(number / 2 ** 32), at);
    at = value.writeUInt32BE(number >>> 0, at);
  }
  value.writeUInt32BE(crc32(value.subarray(0, at), crc32(key)), at);
  return value;
}

/** @throws {DamagedRecord} */
export function opened(key: Buffer, value: Buffer, sizes: readonly (4 | 8)[]): readonly number[] {
  const length = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (value.length !== length + 4 || value.readUInt32BE(length) !== crc32(value.subarray(0, length), crc32(key)))
    throw new DamagedRecord('the tables are damaged: the checksum of an entry does not match');
  let at = 0;
  return sizes.map((bytes) => {
    const number = bytes === 4 ? value.readUInt32BE(at) : value.readUInt32BE(at) * 2 ** 32 + value.readUInt32BE(at + 4);
    at += bytes;
    return number;
  });
}
