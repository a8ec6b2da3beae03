import { createHash } from 'node:crypto';

/** Keys of `events`: the position, big-endian, so that byte order is commit order. */
export function positionKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(position));
  return key;
}

/** Keys of `index`: stream number and revision, big-endian. */
export function indexKey(streamNumber: number, revision: number): Buffer {
  const key = Buffer.allocUnsafe(12);
  key.writeUInt32BE(streamNumber, 0);
  key.writeBigUInt64BE(BigInt(revision), 4);
  return key;
}

/** The revision in a key of `index`. */
export function indexedRevision(key: Buffer): number {
  return Number(key.readBigUInt64BE(4));
}

export function readPosition(value: Buffer): number {
  return Number(value.readBigUInt64BE(0));
}

/** LMDB keys are short: a long name is found by its hash, and compared in full. */
export function nameKey(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= 256) return Buffer.concat([Buffer.from([0]), bytes]);
  return Buffer.concat([Buffer.from([1]), createHash('sha256').update(bytes).digest()]);
}

/** Value of `streams`: the number, then the name. */
export function streamValue(streamNumber: number, name: string): Buffer {
  const value = Buffer.allocUnsafe(4);
  value.writeUInt32BE(streamNumber);
  return Buffer.concat([value, Buffer.from(name, 'utf8')]);
}

/** Keys of events beside the log's end: behind the tables' names, and before the end itself, so that the last ones share its page. */
export function recentKey(position: number): Buffer {
  return Buffer.concat([Buffer.from([0xff]), positionKey(position)]);
}

export function recentPosition(key: Buffer): number {
  return Number(key.readBigUInt64BE(1));
}

/** Behind all of them: the key of the log's end. */
export const recentsEnd: Buffer = Buffer.from([0xff, 0xff]);
