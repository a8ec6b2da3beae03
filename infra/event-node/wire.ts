/**
 * The protocol's hot messages, encoded by hand (Protocol Buffers wire format, proto3). A test holds every one of them against the
 * generated classes of the client's package.
 */

interface Recordable {
  readonly position: number;
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

export interface RecordedParts {
  readonly bytes: Buffer;
  /** Bytes from the start of `bytes`. */
  readonly nameOffset: number;
  readonly nameLength: number;
  readonly typeOffset: number;
  readonly typeLength: number;
}

/** The protocol counts time in ticks of 100 ns since the epoch. */
const ticksPerMs = 10_000n;

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes into one buffer that is large enough. */
class Writer {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
  }

  /** Field with a varint; proto3 leaves out zero. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.varint(field << 3);
    this.varint(value);
  }

  /** A stream's revision. A tombstone's is the largest signed 64-bit number, which a JavaScript number cannot hold. */
  revision(field: number, revision: number): void {
    if (revision < Number.MAX_SAFE_INTEGER) {
      this.number(field, revision);
      return;
    }
    this.varint(field << 3);
    this.at += this.bytes.write('ffffffffffffffff7f', this.at, 'hex');
  }

  /** Field with bytes; returns where they begin. */
  chunk(field: number, bytes: Uint8Array): number {
    this.varint((field << 3) | 2);
    this.varint(bytes.length);
    const start = this.at;
    this.bytes.set(bytes, start);
    this.at += bytes.length;
    return start;
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.at);
  }
}

const chunkSize = (length: number): number => 1 + varintSize(length) + length;

/** `UUID { string = 2 }` inside field 1. */
function writeUuid(writer: Writer, id: string): void {
  writer.varint((1 << 3) | 2);
  writer.varint(chunkSize(id.length));
  writer.chunk(2, Buffer.from(id, 'latin1'));
}

/** One entry of the `metadata` map (field 6); returns where its value begins. */
function writeEntry(writer: Writer, key: string, value: Uint8Array): number {
  const keyBytes = Buffer.from(key, 'latin1');
  writer.varint((6 << 3) | 2);
  writer.varint(chunkSize(keyBytes.length) + chunkSize(value.length));
  writer.chunk(1, keyBytes);
  return writer.chunk(2, value);
}

/** `ReadResp.ReadEvent.RecordedEvent`. The map's entries stand in the order of their keys, as the generated code has them. */
export function encodeRecordedEvent(event: Recordable): RecordedParts {
  const name = Buffer.from(event.streamName, 'utf8');
  const type = Buffer.from(event.type, 'utf8');
  const contentType = Buffer.from(event.contentType, 'utf8');
  const created = Buffer.from((BigInt(event.createdMs) * ticksPerMs).toString(), 'latin1');
  const writer = new Writer(
    256 + name.length + type.length + contentType.length + event.data.length + event.metadata.length,
  );
  writeUuid(writer, event.id);
  writer.varint((2 << 3) | 2);
  writer.varint(chunkSize(name.length));
  const nameOffset = writer.chunk(3, name);
  writer.revision(3, event.revision);
  writer.number(4, event.position);
  writer.number(5, event.position);
  writeEntry(writer, 'content-type', contentType);
  writeEntry(writer, 'created', created);
  const typeOffset = writeEntry(writer, 'type', type);
  if (event.metadata.length > 0) writer.chunk(7, event.metadata);
  if (event.data.length > 0) writer.chunk(8, event.data);
  return { bytes: writer.done(), nameOffset, nameLength: name.length, typeOffset, typeLength: type.length };
}

/** `ReadResp { event { event, link?, commit_position } }` around encoded `RecordedEvent`s. */
export function encodeReadEvent(event: Buffer | undefined, link: Buffer | undefined, position: number): Buffer {
  const inner =
    (event === undefined ? 0 : chunkSize(event.length)) +
    (link === undefined ? 0 : chunkSize(link.length)) +
    1 +
    varintSize(position);
  const writer = new Writer(chunkSize(inner));
  writer.varint((1 << 3) | 2);
  writer.varint(inner);
  if (event !== undefined) writer.chunk(1, event);
  if (link !== undefined) writer.chunk(2, link);
  // A member of a oneof is written even when it is zero.
  writer.varint(3 << 3);
  writer.varint(position);
  return writer.done();
}

/** `BatchAppendResp { correlation_id, success { current_revision, position }, stream_identifier }` of an append that is written. */
export function encodeBatchWritten(written: {
  /** A UUID as text. */
  readonly correlation: string;
  readonly stream: Uint8Array;
  readonly revision: number;
  /** Above 0. */
  readonly position: number;
}): Buffer {
  const { correlation, position, revision, stream } = written;
  const places = 2 * (1 + varintSize(position));
  const success = 1 + varintSize(revision) + chunkSize(places);
  const identifier = chunkSize(stream.length);
  const writer = new Writer(chunkSize(chunkSize(correlation.length)) + chunkSize(success) + chunkSize(identifier));
  writeUuid(writer, correlation);
  writer.varint((3 << 3) | 2);
  writer.varint(success);
  // A member of a oneof is written even when it is zero.
  writer.varint(1 << 3);
  writer.varint(revision);
  writer.varint((3 << 3) | 2);
  writer.varint(places);
  writer.number(1, position);
  writer.number(2, position);
  writer.varint((4 << 3) | 2);
  writer.varint(identifier);
  writer.chunk(3, stream);
  return writer.done();
}
