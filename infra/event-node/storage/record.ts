import { crc32 } from 'node:zlib';
import { streams } from '../proto.ts';
import { encodeReadEvent, encodeRecordedEvent, type RecordedParts } from '../wire.ts';

const { RecordedEvent } = streams.ReadResp.ReadEvent;

/** Layout of a stored event. A node that meets a newer one does not open the directory. */
export const layoutVersion = 1;

/** Bytes before the encoded event. */
const headerBytes = 56;

/** What is true of an event at the time it is stored. */
export interface Draft {
  /** Log position: rises strictly, with gaps, starts above 0. */
  readonly position: number;
  readonly streamNumber: number;
  readonly streamName: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** How far behind an event the next one stands. */
export function advanceOf({ data, metadata }: Pick<Draft, 'data' | 'metadata'>): number {
  return 64 + data.length + metadata.length;
}

/** A stored event whose bytes do not match their checksum, or which stands where another belongs. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}

/**
 * Header and body of an event. The header: CRC-32 over the position and all that follows, layout, how far it is to the next event (its
 * upper 8 bits before, its lower 16 behind the lengths), lengths and offsets of the
 * stream's name and the event's type within the body (so that filters read without decoding), stream number, revision, time,
 * and the event's id. The body: the event as `ReadResp.ReadEvent.RecordedEvent` of the protocol, ready to be sent.
 */
export function encodeRecord(draft: Draft): Buffer {
  const parts: RecordedParts = encodeRecordedEvent(draft);
  const record = Buffer.allocUnsafe(headerBytes + parts.bytes.length);
  record.writeUInt8(layoutVersion, 4);
  const advance = advanceOf(draft);
  record.writeUInt8(advance >>> 16, 5);
  record.writeUInt16LE(parts.nameLength, 6);
  record.writeUInt16LE(parts.typeLength, 8);
  record.writeUInt16LE(advance & 0xffff, 10);
  record.writeUInt32LE(draft.streamNumber, 12);
  record.writeUInt32LE(parts.nameOffset, 16);
  record.writeUInt32LE(parts.typeOffset, 20);
  record.writeBigUInt64LE(BigInt(draft.revision), 24);
  record.writeBigUInt64LE(BigInt(draft.createdMs), 32);
  record.write(draft.id.replaceAll('-', ''), 40, 16, 'hex');
  parts.bytes.copy(record, headerBytes);
  record.writeUInt32LE(checksum(record, draft.position), 0);
  return record;
}

function checksum(record: Buffer, position: number): number {
  const at = Buffer.allocUnsafe(8);
  at.writeBigUInt64LE(BigInt(position));
  return crc32(record.subarray(4), crc32(at));
}

/** A stored event, read in place: nothing is decoded before it is asked for. */
export class StoredEvent {
  readonly position: number;
  readonly #record: Buffer;
  // Several readers are given the same event, and ask it the same.
  #streamName: string | undefined;
  #type: string | undefined;
  #message: Buffer | undefined;

  /** @throws {DamagedRecord} */
  constructor(position: number, record: Buffer) {
    if (record.length < headerBytes || record.readUInt32LE(0) !== checksum(record, position)) {
      throw new DamagedRecord(`the event at position ${position} is damaged: its checksum does not match`);
    }
    this.position = position;
    this.#record = record;
  }

  /**
   * The same event, once it is proved to be the one that was looked for.
   *
   * @throws {DamagedRecord} an index led to an event of another stream or revision
   */
  expectedAt(streamNumber: number, revision: number): this {
    if (this.streamNumber === streamNumber && this.revision === revision) return this;
    throw new DamagedRecord(`the index is damaged: it leads to position ${this.position}, where another event stands`);
  }

  get streamNumber(): number {
    return this.#record.readUInt32LE(12);
  }

  get revision(): number {
    return Number(this.#record.readBigUInt64LE(24));
  }

  /** How far behind it the next event stands; 0 for events written before this was kept. */
  get advance(): number {
    return this.#record.readUInt8(5) * 65_536 + this.#record.readUInt16LE(10);
  }

  get createdMs(): number {
    return Number(this.#record.readBigUInt64LE(32));
  }

  /** 32 hexadecimal digits. */
  get idHex(): string {
    return this.#record.toString('hex', 40, 56);
  }

  get streamName(): string {
    this.#streamName ??= this.#text(this.#record.readUInt32LE(16), this.#record.readUInt16LE(6));
    return this.#streamName;
  }

  get type(): string {
    this.#type ??= this.#text(this.#record.readUInt32LE(20), this.#record.readUInt16LE(8));
    return this.#type;
  }

  /** As it is stored. */
  get record(): Buffer {
    return this.#record;
  }

  /** The encoded `RecordedEvent`. */
  get body(): Buffer {
    return this.#record.subarray(headerBytes);
  }

  /** As one message of a read. */
  get message(): Buffer {
    this.#message ??= encodeReadEvent(this.body, undefined, this.position);
    return this.#message;
  }

  /** The event's data, decoded. */
  get data(): Buffer {
    return Buffer.from(RecordedEvent.deserializeBinary(this.body).getData_asU8());
  }

  get size(): number {
    return this.#record.length;
  }

  #text(offset: number, length: number): string {
    return this.#record.toString('utf8', headerBytes + offset, headerBytes + offset + length);
  }
}
